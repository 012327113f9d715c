/** What a server says of itself, judged: each search and each object speaks for its claims, and nothing is confirmed by silence. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { CLAIM_IDS } from '@lethe/core';
import {
  type InventoryReport,
  type Measurement,
  PROBES,
  SEARCHES,
  type SearchResult,
  type StateEntry,
  searchesOf,
} from '@lethe/core/inventory';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { exitCodeOf } from '../verdict/judge.ts';
import { OWN_SERVER_SCOPE } from '../verdict/scope.ts';
import { judgeServer } from './judge-server.ts';

const spec = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../../spec/${name}`, import.meta.url), 'utf8'));
const { entries } = spec('state-inventory.json') as { entries: StateEntry[] };
const valid = new Ajv2020({ strict: true, strictRequired: true }).compile(spec('audit-report.schema.json') as object);

const ENGINES = ['microvm', 'container'] as const;
type Change = Partial<InventoryReport>;

const clean = (engine: InventoryReport['engine']): InventoryReport => ({
  engine,
  control: true,
  measurements: PROBES.filter((probe) => engine === 'microvm' || probe !== 'kernel-log').map((probe) => ({
    probe,
    present: false,
    ageS: null,
  })),
  searches: searchesOf(engine).map((search) => ({ search, found: [] })),
});
const audit = (engine: InventoryReport['engine'], change: Change = {}) => {
  const target = { kind: 'server', name: 'server:x' } as const;
  const inventory = { ...clean(engine), ...change };
  return judgeServer({ format: 'lethe-facts/1', target, collected: '2026-01-02T03:04:05Z', inventory }, entries);
};
const verdicts = (report: ReturnType<typeof audit>) =>
  Object.fromEntries(report.claims.flatMap(({ id, verdict }) => (verdict === null ? [] : [[id, verdict]])));
const all = (verdict: string) => Object.fromEntries(OWN_SERVER_SCOPE.decides.map((id) => [id, verdict]));

for (const engine of ENGINES) {
  test(`${engine}: a server that holds nothing is Confirmed in everything that is in scope`, () => {
    const report = audit(engine);
    assert.deepEqual(verdicts(report), all('confirmed'));
    assert.equal(exitCodeOf(report), 0);
    assert.ok(valid(JSON.parse(JSON.stringify(report))), JSON.stringify(valid.errors));
  });

  test(`${engine}: whatever a search finds is contrary, and named`, () => {
    for (const search of searchesOf(engine))
      for (const kind of SEARCHES[search].kinds) {
        const searches = clean(engine).searches.map(
          (one): SearchResult => (one.search === search ? { search, found: [kind] } : one),
        );
        const report = audit(engine, { searches });
        assert.equal(exitCodeOf(report), 1, kind);
        const contrary = report.checks.flatMap((check) => check.contrary);
        assert.equal(contrary.length, 1);
        assert.ok(
          contrary[0]!.claims.every((claim) => verdicts(report)[claim] === 'not-confirmed'),
          kind,
        );
      }
  });

  test(`${engine}: a search that could not be done, or is missing, leaves its claims Not tested`, () => {
    for (const search of searchesOf(engine))
      for (const answer of [[{ search, found: null }], []]) {
        const others = clean(engine).searches.filter((one) => one.search !== search);
        const report = audit(engine, { searches: [...others, ...answer] });
        const { claims, outcome } = report.checks.find(({ id }) => id === `own-${search.replaceAll('_', '-')}`)!;
        assert.equal(outcome, 'not-tested', search);
        for (const claim of OWN_SERVER_SCOPE.decides.filter((one) => claims.includes(one)))
          assert.equal(verdicts(report)[claim], 'not-tested', search);
      }
  });
}

test('what is too old speaks against its claims, what was not measured leaves them open', () => {
  const measured = (change: Partial<Measurement>) => ({
    measurements: clean('microvm').measurements.map((one) =>
      one.probe === 'wireguard-peers' ? { ...one, ...change } : one,
    ),
  });
  const old = audit('microvm', measured({ present: true, ageS: 201 }));
  assert.deepEqual(
    [verdicts(old)['CL-01'], verdicts(old)['CL-04']],
    ['not-confirmed', 'not-confirmed'],
    'in scope or not',
  );
  assert.match(JSON.stringify(old.checks), /201 s old, at most 200 s/);
  assert.equal(verdicts(audit('microvm', measured({ present: true, ageS: 200 })))['CL-04'], 'confirmed');
  assert.equal(verdicts(audit('microvm', measured({ present: null })))['CL-04'], 'not-tested');
});

test('without its positive control nothing is confirmed, and what was found counts', () => {
  assert.deepEqual(verdicts(audit('container', { control: false })), all('not-tested'));
  const searches: SearchResult[] = [{ search: 'files', found: ['file'] }];
  assert.equal(verdicts(audit('container', { control: false, searches }))['CL-04'], 'not-confirmed');
});

test('what a server has although the inventory of its engine does not name it is contrary', () => {
  const measurements: Measurement[] = [
    ...clean('container').measurements,
    { probe: 'kernel-log', present: true, ageS: 5 },
  ];
  const report = audit('container', { measurements });
  assert.equal(verdicts(report)['CL-04'], 'not-confirmed');
  assert.match(JSON.stringify(report.checks), /does not name it: kernel-log/);
});

test('every claim is decided, or has a reason for not being', () => {
  for (const claim of CLAIM_IDS)
    assert.ok(OWN_SERVER_SCOPE.decides.includes(claim) !== (OWN_SERVER_SCOPE.outOfScope[claim] !== undefined), claim);
});
