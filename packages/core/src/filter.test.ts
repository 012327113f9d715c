import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CATEGORIES } from './block-table.ts';
import type { Json } from './canonical.ts';
import { checkFilterChoices, DEFAULT_CHOICES, filterName, MAX_FILTER_RULES } from './filter.ts';

const choices = (change: Record<string, Json>): Json => ({
  ...(structuredClone(DEFAULT_CHOICES) as unknown as Record<string, Json>),
  ...change,
});
const refused = { name: 'LetheError', code: 'bad_request' };

test('the default choices are choices', () => {
  assert.deepEqual(checkFilterChoices(choices({})), DEFAULT_CHOICES);
});

test('rules have one spelling, and none twice', () => {
  const checked = checkFilterChoices(
    choices({ block: ['Ads.Example.COM.', 'ads.example.com', '_x.example', 'zip'], allow: ['xn--bcher-kva.example'] }),
  );
  assert.deepEqual(checked.block, ['ads.example.com', '_x.example', 'zip']);
  assert.deepEqual(checked.allow, ['xn--bcher-kva.example']);
});

test('categories have one order, and none twice', () => {
  const checked = checkFilterChoices(choices({ categories: [...CATEGORIES, ...CATEGORIES].toReversed() }));
  assert.deepEqual(checked.categories, CATEGORIES);
});

test('what is no choice is refused', () => {
  const wrong: Json[] = [
    null,
    [],
    'x',
    choices({ more: 1 }),
    choices({ categories: ['everything'] }),
    choices({ categories: 'ads' }),
    choices({ answer: 'refused' }),
    choices({ signals: 1 }),
    choices({ block: 'example.com' }),
    choices({ allow: [1] }),
  ];
  for (const value of wrong) assert.throws(() => checkFilterChoices(value), refused);
});

test('what is no name is refused, in words that do not repeat it', () => {
  const long = `${'a'.repeat(63)}.`.repeat(3);
  const names = [
    '',
    '.',
    'a..b',
    '-a.example',
    'a b',
    'https://a.example/',
    '*.a.example',
    'bücher.example',
    '1.2.3.4',
  ];
  for (const name of [...names, `${'a'.repeat(64)}.example`, `${long}${'b'.repeat(62)}`, null]) {
    assert.throws(
      () => filterName(name),
      (error: Error) => error.name === 'LetheError' && (!name || name.length < 4 || !error.message.includes(name)),
    );
  }
  assert.equal(filterName(`${long}${'b'.repeat(61)}`).length, 253);
});

test('there are at most two hundred rules of both kinds together', () => {
  const names = Array.from({ length: MAX_FILTER_RULES }, (_, index) => `n${index}.example`);
  assert.equal(checkFilterChoices(choices({ block: names.slice(1), allow: names.slice(0, 1) })).block.length, 199);
  assert.throws(() => checkFilterChoices(choices({ block: names, allow: ['one.example'] })), refused);
});
