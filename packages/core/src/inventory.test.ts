import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { toBase64Url } from './bytes.ts';
import { newSigningSeed, signingPublicKey } from './ed25519.ts';
import {
  type InventoryReport,
  inventoryHolds,
  judgeInventory,
  type Measurement,
  PROBES,
  SEARCHES,
  type StateEntry,
  searchesOf,
} from './inventory.ts';
import { openInventory, sealInventory } from './inventory-answer.ts';
import { inventoryProblems } from './inventory-check.ts';
import { newOwnerSeed, ownerKeys } from './owner.ts';
import { ANSWER_BYTES } from './signed-answer.ts';
import { newChallenge, sealStatus } from './status.ts';

const SPEC = new URL('../../../spec/state-inventory.json', import.meta.url);
const { entries } = JSON.parse(readFileSync(SPEC, 'utf8')) as { entries: StateEntry[] };

const clean = (
  change: Partial<Measurement>[] = [],
  engine: InventoryReport['engine'] = 'container',
): InventoryReport => ({
  engine,
  control: true,
  measurements: PROBES.filter((probe) => engine === 'microvm' || probe !== 'kernel-log').map((probe) => ({
    probe,
    present: false,
    ageS: null,
    ...change.find((one) => one.probe === probe),
  })),
  searches: searchesOf(engine).map((search) => ({ search, found: [] })),
});
const verdictOf = (report: InventoryReport, id: string) =>
  judgeInventory(entries, report).find((one) => one.id === id)?.verdict;
const holds = (report: InventoryReport): boolean => inventoryHolds(judgeInventory(entries, report));

test('the inventory is complete, and every probe belongs to one entry', () => {
  assert.deepEqual(inventoryProblems(entries), []);
  assert.ok(entries.length >= 30);
});

test('what is wrong with an inventory is said', () => {
  const wrong = (change: Partial<StateEntry>): string[] =>
    inventoryProblems(entries.map((entry, index) => (index === 0 ? { ...entry, ...change } : entry)));
  for (const change of [
    { id: 'connections' },
    { id: 'X' },
    { object: ' ' },
    { place: 'moon' as never },
    { engines: [] },
    { engines: ['qemu' as never] },
    { fields: [] },
    { claims: ['CL-20'] },
    { claims: [] },
    { boundS: null },
    { boundS: 1.5 },
    { boundFrom: null },
    { limit: true },
    { probe: null },
    { probe: 'connections' as const },
    { notMeasured: 'also' },
    { place: 'host' as const },
    { linkable: 'yes' as never },
    { extra: 1 } as never,
  ])
    assert.notDeepEqual(wrong(change), [], JSON.stringify(change));
  const { why, ...incomplete } = entries[0]!;
  assert.ok(why && inventoryProblems([incomplete as StateEntry, ...entries.slice(1)]).length > 0);
});

test('a bound is held up to its last second and not beyond, and one that is not measured is not held', () => {
  const bound = entries.find(({ id }) => id === 'connections')!.boundS!;
  const at = (change: Partial<Measurement>) => clean([{ probe: 'connections', ...change }]);
  assert.equal(verdictOf(at({ present: true, ageS: bound }), 'connections'), 'held');
  assert.ok(holds(at({ present: true, ageS: bound })));
  for (const [change, verdict] of [
    [{ present: true, ageS: bound + 1 }, 'over_age'],
    [{ present: true, ageS: null }, 'not_measured'],
    [{ present: null }, 'not_measured'],
  ] as const) {
    assert.equal(verdictOf(at(change), 'connections'), verdict);
    assert.ok(!holds(at(change)), verdict);
  }
});

test('a measurement that is missing or there twice is none', () => {
  const report = clean();
  const [first, ...rest] = report.measurements;
  for (const measurements of [rest, [first!, ...report.measurements]]) {
    assert.equal(verdictOf({ ...report, measurements }, 'wireguard-peer'), 'not_measured');
    assert.ok(!holds({ ...report, measurements }));
  }
});

test('what a search found is undeclared, and a search that was not done says nothing', () => {
  const report = clean();
  const searched = (found: ['file'] | null) => ({
    ...report,
    searches: report.searches.map((one) => (one.search === 'files' ? { search: 'files' as const, found } : one)),
  });
  assert.equal(verdictOf(report, 'files'), 'held');
  assert.equal(verdictOf(searched(['file']), 'file'), 'undeclared');
  assert.ok(!holds(searched(['file'])));
  assert.equal(verdictOf(searched(null), 'files'), 'not_measured');
  assert.ok(!holds(searched(null)));
  assert.ok(!holds({ ...report, searches: report.searches.slice(1) }));
  assert.ok(!holds({ ...clean([], 'microvm'), searches: report.searches }), 'a machine must be searched further');
  assert.ok(holds(clean([], 'microvm')));
});

test('what the inventory of an engine does not name is undeclared there', () => {
  const report = clean();
  report.measurements.push({ probe: 'kernel-log', present: true, ageS: 1 });
  assert.equal(verdictOf(report, 'kernel-log'), 'undeclared');
  assert.ok(!holds(report));
});

test('a server that does not see what is planted has searched nothing, but what it found counts', () => {
  const report = { ...clean(), control: false };
  for (const search of searchesOf('container')) assert.equal(verdictOf(report, search), 'not_measured', search);
  assert.ok(!holds(report));
  const found: InventoryReport = { ...report, searches: [{ search: 'files', found: ['file'] }] };
  assert.equal(verdictOf(found, 'file'), 'undeclared');
});

test('an empty inventory shows nothing', () => {
  assert.ok(!inventoryHolds([]));
});

test('a report has one size, opens for its owner alone, and passes for no other answer', async () => {
  const owner = await ownerKeys(newOwnerSeed());
  const [node, other] = [newSigningSeed('node-sign'), newSigningSeed('node-sign')];
  const nodeKey = toBase64Url(await signingPublicKey(node));
  const question = { server: 'a'.repeat(32), challenge: newChallenge() };
  const fullest: InventoryReport = {
    engine: 'microvm',
    control: true,
    measurements: PROBES.map((probe) => ({ probe, present: true, ageS: 9_999_999 })),
    searches: searchesOf('microvm').map((search) => ({ search, found: [...SEARCHES[search].kinds] })),
  };
  const seal = (report: InventoryReport, by = node) => sealInventory(report, question, by, owner.sealTo);
  const open = (sealed: string, asked = question) => openInventory(sealed, owner.seal, asked, nodeKey);
  const [full, small] = [await seal(fullest), await seal(clean())];
  assert.equal(full.length, small.length);
  assert.ok(ANSWER_BYTES < full.length && full.length <= 4096, 'as the host lets pass');
  assert.deepEqual(await open(full), fullest);
  assert.deepEqual(await open(small), clean());
  await assert.rejects(open(full, { ...question, challenge: newChallenge() }), { code: 'bad_signature' });
  await assert.rejects(open(await seal(clean(), other)), { code: 'bad_signature' });
  const status = { counter: 1, settingsCounter: 0, uptimeS: 1, blocked: 0, devices: [] };
  await assert.rejects(open(await sealStatus(status, question, node, owner.sealTo)), { code: 'bad_signature' });
  for (const wrong of [
    { ...clean(), engine: 'cloud' },
    { ...clean(), control: 'yes' },
    { ...clean(), measurements: [{ probe: 'shoe size', present: true, ageS: 1 }] },
    { ...clean(), measurements: [{ probe: 'connections', present: true, ageS: -1 }] },
    { ...clean(), searches: [{ search: 'files', found: ['rule_logs'] }] },
    { ...clean(), searches: [{ search: 'toString', found: [] }] },
  ])
    await assert.rejects(open(await seal(wrong as InventoryReport)), { code: 'bad_encoding' });
});
