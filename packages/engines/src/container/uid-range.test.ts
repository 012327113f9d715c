import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseUidRange, rangeOf, UID_RANGE } from './uid-range.ts';

const start = (index: number): number => UID_RANGE.first + index * UID_RANGE.size;

test('ranges fit 31 bits, clear of login users and of what systemd uses', () => {
  assert.ok(start(0) > 0x6fff_ffff);
  assert.ok(start(UID_RANGE.count) <= 0x7ffe_0000);
  assert.equal(rangeOf(start(0) - 1), null);
  assert.equal(rangeOf(start(3) + 65_535), 3);
  assert.equal(rangeOf(start(UID_RANGE.count)), null);
});

test('a range of a machine or of a running process is never chosen', () => {
  const all = Array.from({ length: UID_RANGE.count }, (_, index) => index);
  const taken = all.filter((index) => index % 2 === 0 && index !== 10).map(start);
  const inUse = all.filter((index) => index % 2 === 1).map((index) => start(index) + 101);
  assert.equal(chooseUidRange(taken, inUse), start(10));
  assert.throws(() => chooseUidRange([...taken, start(10)], inUse), { code: 'engine_failed' });
});

test('two choices in a row seldom agree', () => {
  assert.ok(new Set(Array.from({ length: 20 }, () => chooseUidRange([], []))).size > 10);
});
