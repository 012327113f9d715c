import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BlockTable } from '@lethe/core/block-table';
import { CATEGORIES, hashName } from '@lethe/core/block-table';
import { DEFAULT_CHOICES, type FilterChoices, MAX_FILTER_RULES } from '@lethe/core/filter';
import { wireName } from '../../tests/filter-messages.ts';
import { Judge } from './judge.ts';

/** A table that holds these names, written out. */
function tableOf(names: Record<string, readonly (typeof CATEGORIES)[number][]>): BlockTable {
  const masks = new Map(
    Object.entries(names).map(([name, categories]) => [
      hashName(name).join(),
      categories.reduce((mask, category) => mask | (1 << CATEGORIES.indexOf(category)), 0),
    ]),
  );
  return {
    lookup: (high: number, low: number, mask: number) => (masks.get([high, low].join()) ?? 0) & mask,
  } as BlockTable;
}

const TABLE = tableOf({ 'ads.example': ['ads'], 'sub.tracker.example': ['trackers'], 'bets.example': ['gambling'] });
const judge =
  (choices: Partial<FilterChoices>) =>
  (name: string): string =>
    new Judge({ ...DEFAULT_CHOICES, ...choices }, TABLE).judge(wireName(name), 0);

test('a name of the table is blocked with everything below it, and nothing above or beside it', () => {
  const verdict = judge({});
  for (const name of ['ads.example', 'www.ads.example', 'a.b.c.ads.example', 'sub.tracker.example', 'ADS.Example'])
    assert.equal(verdict(name), 'blocked', name);
  for (const name of ['example', '', 'tracker.example', 'xads.example', 'ads.example.com', 'ads.example.ads'])
    assert.equal(verdict(name), 'pass', name);
});

test('only categories that are on count', () => {
  assert.equal(judge({})('bets.example'), 'pass');
  assert.equal(judge({ categories: ['gambling'] })('bets.example'), 'blocked');
  assert.equal(judge({ categories: ['gambling'] })('ads.example'), 'pass');
  assert.equal(judge({ categories: [] })('ads.example'), 'pass');
});

test("of the owner's rules the one for the longest name decides", () => {
  const verdict = judge({ allow: ['shop.example', 'good.bad.shop.example'], block: ['bad.shop.example'] });
  assert.equal(verdict('www.shop.example'), 'allowed');
  assert.equal(verdict('bad.shop.example'), 'blocked');
  assert.equal(verdict('x.bad.shop.example'), 'blocked');
  assert.equal(verdict('x.good.bad.shop.example'), 'allowed');
  assert.equal(verdict('example'), 'pass');
});

test('for the same name, allow wins', () => {
  assert.equal(judge({ allow: ['a.example'], block: ['a.example'] })('x.a.example'), 'allowed');
});

test("the owner's rules beat the table at, above and below its names", () => {
  assert.equal(judge({ allow: ['ads.example'] })('x.ads.example'), 'allowed');
  assert.equal(judge({ allow: ['example'] })('ads.example'), 'allowed');
  assert.equal(judge({ allow: ['x.ads.example'] })('x.ads.example'), 'allowed');
  assert.equal(judge({ allow: ['x.ads.example'] })('y.ads.example'), 'blocked');
  assert.equal(judge({ allow: ['example'], block: ['ads.example'] })('ads.example'), 'blocked');
});

test('rules for a whole top-level domain and with capital letters in the question', () => {
  const verdict = judge({ block: ['zip', 'evil.example'] });
  assert.equal(verdict('invoice.ZIP'), 'blocked');
  assert.equal(verdict('WwW.eViL.eXaMpLe'), 'blocked');
});

test('signals are given unless they are off or the owner allows the very name', () => {
  const names = ['use-application-dns.net', 'mask.icloud.com', 'mask-h2.icloud.com'];
  for (const name of names) {
    assert.equal(judge({ answer: 'zero' })(name), 'signal-nxdomain', name);
    assert.equal(judge({ signals: false })(name), 'pass', name);
    assert.equal(judge({ allow: [name] })(name), 'allowed', name);
    assert.equal(judge({ block: [name], answer: 'zero' })(name), 'signal-nxdomain', name);
  }
  assert.equal(judge({})('_dns.resolver.arpa'), 'signal-nodata');
  assert.equal(judge({ allow: ['icloud.com'] })('mask.icloud.com'), 'signal-nxdomain');
  assert.equal(judge({ block: ['icloud.com'] })('www.icloud.com'), 'blocked');
});

test('as many rules as an owner may have are all found', () => {
  const names = Array.from({ length: MAX_FILTER_RULES }, (_, index) => `n${index}.example`);
  const verdict = judge({ block: names });
  for (const name of names) assert.equal(verdict(`x.${name}`), 'blocked', name);
  assert.equal(verdict('n200.example'), 'pass');
});

test('the deepest name there can be is judged', () => {
  const deepest = Array.from({ length: 127 }, () => 'a').join('.');
  assert.equal(judge({ block: ['a.a.a'] })(deepest), 'blocked');
  assert.equal(judge({ block: ['b.a'] })(deepest), 'pass');
});
