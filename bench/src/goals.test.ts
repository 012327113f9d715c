/** Goals and medians: what a result is held against. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import goals from '../goals.json' with { type: 'json' };
import { judge, unanswered } from './goals.ts';
import { median, meets } from './index.ts';
import { medianInterval, order } from './statistics.ts';

test('a goal holds at its border and not beyond it', () => {
  assert.deepEqual([meets(0.97, '>=0.97'), meets(0.969, '>=0.97')], [true, false]);
  assert.deepEqual([meets(3, '<=3'), meets(3.01, '<=3')], [true, false]);
  assert.throws(() => meets(1, '>1'), /Unreadable goal/);
});

test('every goal in the file is readable', () => {
  const all = Object.values(goals).flatMap((own) => Object.values(own));
  assert.ok(all.length > 20);
  for (const goal of all) assert.equal(typeof meets(1, goal), 'boolean');
});

test('results without a goal are shown, not judged; goals without a result are named', () => {
  const results = [
    { metric: 'container_latency_ratio', value: 1.2, unit: 'x' },
    { metric: 'container_direct_up', value: 9, unit: 'Mbit/s' },
  ];
  assert.deepEqual(
    judge('tunnel', results).map(({ goal, ok }) => [goal, ok]),
    [
      ['<=1.03', false],
      [null, null],
    ],
  );
  assert.ok(unanswered('tunnel', results).includes('microvm_latency_ratio'));
  assert.equal(unanswered('tunnel', results).includes('container_latency_ratio'), false);
});

test('the median, also of an even number, and not of nothing', () => {
  assert.deepEqual([median([9, 1, 5]), median([4, 1, 3, 2])], [5, 2.5]);
  assert.throws(() => median([]), RangeError);
});

test('the two sides take turns in being first', () => {
  assert.deepEqual(
    [order(0, 'a', 'b'), order(1, 'a', 'b')],
    [
      ['a', 'b'],
      ['b', 'a'],
    ],
  );
});

test('the interval of a median leaves out as many values at either end as the sign test allows', () => {
  const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
  // ranks of the table of the sign test at 5 %, two-sided: 5 -> none, 6 -> 1, 16 -> 4, 40 -> 14
  assert.deepEqual([medianInterval([]), medianInterval(upTo(5))], [null, null]);
  assert.deepEqual(medianInterval(upTo(6)), [1, 6]);
  assert.deepEqual(medianInterval(upTo(16).toReversed()), [4, 13]);
  assert.deepEqual(medianInterval(upTo(40)), [14, 27]);
  assert.deepEqual(medianInterval(upTo(2000)), [956, 1045]);
});
