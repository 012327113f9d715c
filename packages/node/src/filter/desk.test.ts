import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coarse } from './desk.ts';

test('a total is rounded down to a power of ten', () => {
  const counts = [0, 1, 9, 10, 11, 99, 100, 999, 1000, 123_456, 10_000_000, 99_999_999];
  assert.deepEqual(counts.map(coarse), [0, 0, 0, 10, 10, 10, 100, 100, 1000, 100_000, 10_000_000, 10_000_000]);
});
