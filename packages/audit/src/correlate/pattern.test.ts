/** The pattern is balanced, has no long runs, and each one is as likely as any other. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onOffPattern } from './pattern.ts';
import { seeded } from './seeded.ts';

const asText = (pattern: readonly boolean[]): string => pattern.map((on) => (on ? '1' : '0')).join('');

test('as many on as off, never more than three equal in a row', () => {
  for (const symbols of [2, 4, 8, 24, 64, 250, 512]) {
    for (let round = 0; round < 50; round += 1) {
      const text = asText(onOffPattern(symbols));
      assert.equal(text.length, symbols);
      assert.equal(text.replaceAll('0', '').length, symbols / 2);
      assert.doesNotMatch(text, /0000|1111/);
    }
  }
});

test('all patterns of eight symbols are drawn, each about as often as any other', () => {
  const all: string[] = [];
  for (let bits = 0; bits < 256; bits += 1) {
    const text = bits.toString(2).padStart(8, '0');
    if (text.replaceAll('0', '').length === 4 && !/0000|1111/.test(text)) all.push(text);
  }
  const random = seeded(1);
  const seen = new Map<string, number>();
  const draws = all.length * 200;
  for (let draw = 0; draw < draws; draw += 1) {
    const text = asText(onOffPattern(8, random));
    seen.set(text, (seen.get(text) ?? 0) + 1);
  }
  assert.deepEqual([...seen.keys()].toSorted(), all.toSorted());
  const chi2 = [...seen.values()].reduce((sum, count) => sum + (count - 200) ** 2 / 200, 0);
  // Six standard deviations above what even draws give.
  assert.ok(chi2 < all.length - 1 + 6 * Math.sqrt(2 * (all.length - 1)), `chi2 ${chi2} of ${all.length} patterns`);
});

test('the same seed gives the same pattern, another one another', () => {
  assert.deepEqual(onOffPattern(64, seeded(7)), onOffPattern(64, seeded(7)));
  assert.notDeepEqual(onOffPattern(64, seeded(7)), onOffPattern(64, seeded(8)));
  assert.notDeepEqual(onOffPattern(64), onOffPattern(64));
});

test('numbers of symbols that make no pattern are refused', () => {
  for (const symbols of [0, 3, -2, 514, 2.5, Number.NaN]) assert.throws(() => onOffPattern(symbols), RangeError);
});
