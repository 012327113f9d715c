import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byDay, type EpochVerdict, isClean, missingS } from './days.ts';

const DAY = 86_400;
const HOUR = 3600;
const start = Date.UTC(2026, 0, 5) / 1000;
const epoch = (begins: number, change: Partial<EpochVerdict> = {}): EpochVerdict => ({
  begins,
  seconds: HOUR,
  contrary: [],
  untested: [],
  ...change,
});
const hours = (count: number) => Array.from({ length: count }, (_, hour) => epoch(start + hour * HOUR));

test('a day is clean if epochs cover all of it that is over, and are clean', () => {
  const days = byDay(hours(30), start, start + 30 * HOUR + 300);
  assert.deepEqual(
    days.map(({ day, epochs, expectedS }) => [day, epochs, expectedS]),
    [
      ['2026-01-05', 24, DAY],
      ['2026-01-06', 6, 6 * HOUR],
    ],
  );
  assert.ok(days.every(isClean));
  // One is missing in the middle, at the beginning, and at the end.
  for (const left of [hours(30).toSpliced(3, 1), hours(30).slice(1)])
    assert.equal(missingS(byDay(left, start, start + 30 * HOUR + 300)[0]!), HOUR);
  assert.equal(missingS(byDay(hours(30), start, start + 31 * HOUR + 300).at(-1)!), HOUR);
  // The one that has just ended may still come.
  assert.ok(isClean(byDay(hours(30), start, start + 31 * HOUR + 60).at(-1)!));
  // Where there is none, all of the time is missing.
  assert.equal(missingS(byDay([], start, start + 5 * HOUR)[0]!), 5 * HOUR);
});

test('claims add up in order; a whole day without an epoch is there', () => {
  const epochs = [
    epoch(start, { contrary: ['CL-13'], untested: ['CL-11'] }),
    epoch(start + HOUR, { contrary: ['CL-01'] }),
    epoch(start + 2 * DAY),
  ];
  const days = byDay(epochs, start, start + 2 * DAY + HOUR);
  assert.deepEqual(days[0]!.contrary, ['CL-01', 'CL-13']);
  assert.deepEqual(days[0]!.untested, ['CL-11']);
  assert.deepEqual([days[1]!.epochs, days[1]!.expectedS], [0, DAY]);
});

test('epochs of other lengths cover what they cover, and nothing twice', () => {
  const short = Array.from({ length: 6 }, (_, n) => epoch(start + HOUR + n * 600, { seconds: 600 }));
  const now = start + 3 * HOUR + 300;
  assert.ok(byDay([...hours(1), ...short, epoch(start + 2 * HOUR)], start, now).every(isClean));
  assert.equal(missingS(byDay([...hours(1), ...short.slice(1), epoch(start + 2 * HOUR)], start, now)[0]!), 600);
  const twice = [epoch(start), epoch(start, { seconds: 600 }), epoch(start + 2 * HOUR)];
  assert.equal(missingS(byDay(twice, start, now)[0]!), HOUR);
});

test('what is from the future, or from before, counts for nothing', () => {
  const far = epoch(Date.UTC(9999, 0, 1) / 1000);
  assert.equal(byDay([...hours(2), far, epoch(0)], start, start + 2 * HOUR).length, 1);
});
