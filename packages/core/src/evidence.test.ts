import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { toBase64Url } from './bytes.ts';
import { CLAIM_IDS } from './claims.ts';
import { newSigningSeed, signingPublicKey } from './ed25519.ts';
import {
  claimsWith,
  epochOf,
  insideLetters,
  isEpochLength,
  isLetters,
  type Letter,
  lettersOf,
  NOT_LOOKED,
  OUT_OF_SCOPE,
  outsideLetters,
  signLook,
  slotLetters,
  verifyLook,
  worse,
} from './evidence.ts';
import {
  type InventoryReport,
  type Measurement,
  PROBES,
  type SearchResult,
  type StateEntry,
  searchesOf,
} from './inventory.ts';

const { entries } = JSON.parse(
  readFileSync(new URL('../../../spec/state-inventory.json', import.meta.url), 'utf8'),
) as { entries: StateEntry[] };

const report = (change: Partial<InventoryReport> = {}): InventoryReport => ({
  engine: 'microvm',
  control: true,
  measurements: PROBES.map((probe): Measurement => ({ probe, present: false, ageS: null })),
  searches: searchesOf('microvm').map((search): SearchResult => ({ search, found: [] })),
  ...change,
});
const inside = (change: Partial<InventoryReport> = {}) => insideLetters(entries, report(change));
const letter = (letters: string, claim: (typeof CLAIM_IDS)[number]) => letters[CLAIM_IDS.indexOf(claim)];

test('a clean server confirms what it can decide, and says nothing about the rest', () => {
  assert.equal(inside(), lettersOf(new Map([['CL-04', 'c']])));
  assert.ok(isLetters(inside()));
});

test('what a customer does changes nothing: present or absent, old or young', () => {
  for (const ageS of [0, 200, 201, 1e6, null]) {
    const busy = PROBES.map((probe): Measurement => ({ probe, present: true, ageS }));
    assert.equal(inside({ measurements: busy }), inside(), `${ageS}`);
  }
});

test('evidence against a claim counts, in scope or not; what was not looked at leaves it open', () => {
  const find = (search: string, found: SearchResult['found']) => ({
    searches: report().searches.map((one) => (one.search === search ? { ...one, found } : one)),
  });
  const found = inside(find('firewall', ['rule_logs']));
  assert.deepEqual(claimsWith(found, 'n'), ['CL-01', 'CL-04', 'CL-05', 'CL-06', 'CL-07']);
  assert.equal(letter(inside(find('files', null)), 'CL-04'), 't');
  assert.equal(letter(inside({ searches: [] }), 'CL-04'), 't');
  assert.equal(letter(inside({ control: false }), 'CL-04'), 't');
  const unmeasured = { measurements: report().measurements.map((one) => ({ ...one, present: null })) };
  assert.equal(letter(inside(unmeasured), 'CL-04'), 't');
});

test('from outside: watched and released, or not', () => {
  const both = (drift: Parameters<typeof outsideLetters>[0]['drift'], isReleased: boolean | null) => {
    const letters = outsideLetters({ drift, isReleased });
    return letters && `${letter(letters, 'CL-11')}${letter(letters, 'CL-13')}`;
  };
  assert.equal(both([], true), 'cc');
  assert.equal(both(['process'], true), 'cn', 'it was seen, and it is not what was approved');
  assert.equal(both([], false), 'cn');
  assert.equal(both(['agent_silent'], true), 'tt');
  assert.equal(both(['watch_blind', 'file'], true), 'tn');
  assert.equal(both(null, true), null);
  assert.equal(both([], null), null);
});

test('the worse verdict wins, whoever says it', () => {
  const one = (value: Letter) => lettersOf(new Map([['CL-01', value]]));
  for (const [a, b, wins] of [
    ['c', 'n', 'n'],
    ['t', 'c', 't'],
    ['-', 'c', 'c'],
    ['n', 't', 'n'],
  ] as const) {
    assert.equal(worse(one(a), one(b)), one(wins));
    assert.equal(worse(one(b), one(a)), one(wins));
  }
  assert.equal(worse(OUT_OF_SCOPE, NOT_LOOKED), NOT_LOOKED);
  assert.deepEqual(claimsWith(NOT_LOOKED, 't'), ['CL-04', 'CL-11', 'CL-13']);
});

test('each side decides its own claims; what it leaves out of them is not tested', () => {
  const all = 'c'.repeat(CLAIM_IDS.length);
  assert.deepEqual(claimsWith(slotLetters({ inside: all, outside: all }), 'c'), ['CL-04', 'CL-11', 'CL-13']);
  assert.equal(slotLetters({ inside: OUT_OF_SCOPE, outside: OUT_OF_SCOPE }), NOT_LOOKED);
  for (const half of [
    { inside: all, outside: null },
    { inside: null, outside: all },
  ])
    assert.equal(slotLetters(half), NOT_LOOKED);
  const contrary = lettersOf(new Map([['CL-01', 'n']]));
  assert.deepEqual(claimsWith(slotLetters({ inside: contrary, outside: all }), 'n'), ['CL-01']);
  assert.deepEqual(claimsWith(slotLetters({ inside: all, outside: contrary }), 'n'), ['CL-01']);
});

test('a look is signed as a whole', async () => {
  const seed = newSigningSeed('node-sign');
  const key = toBase64Url(await signingPublicKey(seed));
  const look = { server: 'a'.repeat(32), begins: 7200, seconds: 3600, inside: inside() };
  const signature = await signLook(look, seed);
  await verifyLook(look, signature, key);
  for (const change of [{ server: 'b'.repeat(32) }, { begins: 3600 }, { seconds: 1800 }, { inside: OUT_OF_SCOPE }])
    await assert.rejects(verifyLook({ ...look, ...change }, signature, key), { code: 'bad_signature' });
});

test('epochs divide a day', () => {
  for (const seconds of [10, 60, 3600, 86_400]) assert.ok(isEpochLength(seconds));
  for (const seconds of [0, 5, 7, 3601, 172_800, 10.5, Number.NaN]) assert.equal(isEpochLength(seconds), false);
  assert.equal(epochOf(7_199_999, 3600), 3600);
  assert.equal(epochOf(7_200_000, 3600), 7200);
});
