import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byDay, isClean } from './days.ts';

const DAY = 86_400;
const start = Date.UTC(2026, 0, 5) / 1000;
const epoch = (begins: number, change: object = {}) => ({ begins, contrary: [], untested: [], ...change });

test('a day is clean if every epoch of it is there and clean', () => {
  const epochs = Array.from({ length: 30 }, (_, hour) => epoch(start + hour * 3600));
  const days = byDay(epochs, 3600, start + 30 * 3600 + 300);
  assert.deepEqual(
    days.map(({ day, epochs: there, expected }) => [day, there, expected]),
    [
      ['2026-01-05', 24, 24],
      ['2026-01-06', 6, 6],
    ],
  );
  assert.ok(days.every(isClean));
  // One is missing in the middle, and one at the end.
  assert.equal(byDay(epochs.toSpliced(3, 1), 3600, start + 30 * 3600 + 300).every(isClean), false);
  assert.equal(isClean(byDay(epochs, 3600, start + 31 * 3600 + 300).at(-1)!), false);
  // The one that has just ended may still come.
  assert.ok(isClean(byDay(epochs, 3600, start + 31 * 3600 + 60).at(-1)!));
});

test('claims add up in order; a whole day without an epoch is there', () => {
  const epochs = [
    epoch(start, { contrary: ['CL-13'], untested: ['CL-11'] }),
    epoch(start + 3600, { contrary: ['CL-01'] }),
    epoch(start + 2 * DAY),
  ];
  const days = byDay(epochs, 3600, start + 2 * DAY + 3600);
  assert.deepEqual(days[0]!.contrary, ['CL-01', 'CL-13']);
  assert.deepEqual(days[0]!.untested, ['CL-11']);
  assert.deepEqual([days[1]!.epochs, days[1]!.expected], [0, 24]);
  assert.deepEqual(byDay([], 3600, start), []);
});
