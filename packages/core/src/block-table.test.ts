import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CATEGORIES,
  type CategoryHashes,
  encodeBlockTable,
  hashName,
  hashSuffixes,
  openBlockTable,
} from './block-table.ts';

const ALL = (1 << CATEGORIES.length) - 1;
const names = Array.from({ length: 5000 }, (_, index) => `host-${index}.example`);
const hashesOf = (list: readonly string[]): CategoryHashes => list.map(hashName);
const bit = (category: (typeof CATEGORIES)[number]): number => 1 << CATEGORIES.indexOf(category);

test('every name is found in its category alone, and only where that is enabled', async () => {
  const social = ['host-7.example', 'social.example'];
  const table = await openBlockTable(
    await encodeBlockTable('20261125', { ads: hashesOf(names), social: hashesOf(social) }),
  );
  assert.equal(table.version, '20261125');
  assert.deepEqual(table.counts, { ads: 5000, trackers: 0, malware: 0, adult: 0, gambling: 0, social: 2 });
  for (const name of names) {
    const wanted = bit('ads') | (social.includes(name) ? bit('social') : 0);
    assert.equal(table.lookup(...hashName(name), ALL), wanted, name);
    assert.equal(table.lookup(...hashName(name), bit('trackers')), 0);
  }
  for (const name of names) assert.equal(table.lookup(...hashName(`not-${name}`), ALL), 0);
});

test('the hashes of a name on the wire are those of every name above it, in any case of letters', () => {
  const wire = Buffer.from('\x00\x03WwW\x07ExAmple\x03oRg\x00', 'latin1');
  const out = new Uint32Array(256);
  assert.equal(hashSuffixes(wire, 1, out), 3);
  for (const [index, name] of ['org', 'example.org', 'www.example.org'].entries())
    assert.deepEqual([out[2 * index], out[2 * index + 1]], hashName(name), name);
  assert.notDeepEqual(hashName('ab.c'), hashName('a.bc'), 'labels count, not letters alone');
});

test('the two halves do not follow each other, and a hundred thousand names have no collision', () => {
  const seen = new Set<string>();
  let low = 0;
  for (let index = 0; index < 100_000; index += 1) {
    const [high, lower] = hashName(`n${index}.test-${index % 97}.example`);
    seen.add(`${high}/${lower}`);
    if ((high & 1) === (lower & 1)) low += 1;
  }
  assert.equal(seen.size, 100_000);
  assert.ok(Math.abs(low - 50_000) < 1500, String(low));
});

test('a name twice is there once, and an empty table holds nothing', async () => {
  const table = await openBlockTable(
    await encodeBlockTable('1', { ads: hashesOf(['a.example', 'A.example', 'a.example']) }),
  );
  assert.equal(table.counts.ads, 1);
  const empty = await openBlockTable(await encodeBlockTable('1', {}));
  assert.equal(empty.lookup(...hashName('a.example'), ALL), 0);
});

test('bytes of any alignment are opened', async () => {
  const bytes = await encodeBlockTable('1', { malware: hashesOf(names) });
  const shifted = new Uint8Array(bytes.length + 1);
  shifted.set(bytes, 1);
  const table = await openBlockTable(shifted.subarray(1));
  assert.equal(table.lookup(...hashName(names[17]!), ALL), bit('malware'));
});

test('damage of any kind is refused', async () => {
  const good = await encodeBlockTable('1', { ads: hashesOf(names.slice(0, 50)) });
  await openBlockTable(good);
  for (let at = 0; at < good.length; at += 13) {
    const damaged = good.slice();
    damaged[at]! ^= 0x40;
    await assert.rejects(openBlockTable(damaged), { code: 'bad_encoding' }, `byte ${at}`);
  }
  for (const length of [0, 39, 71, good.length - 1])
    await assert.rejects(openBlockTable(good.subarray(0, length)), { code: 'bad_encoding' });
  const unsorted = good.slice();
  unsorted.copyWithin(40, 44, 48);
  unsorted.set(new Uint8Array(await crypto.subtle.digest('SHA-256', unsorted.subarray(0, -32))), unsorted.length - 32);
  await assert.rejects(openBlockTable(unsorted), { code: 'bad_encoding' }, 'two equal hashes under a right digest');
});

test('what is no name has no hash', () => {
  for (const text of ['', 'a..b', `${'a'.repeat(64)}.example`, 'ü.example', `${'a.'.repeat(127)}abc`])
    assert.throws(() => hashName(text), { code: 'bad_request' });
});
