import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canaryTraces } from '../checks/canary-traces.ts';
import type { Facts } from '../facts/facts.ts';
import type { Trace } from '../trace/read-traces.ts';
import { type CanaryRecord, isCanaryRecord, lookupsOf, markersOf, newPlan, ownOf, WORDS } from './plan.ts';

const plan = newPlan({ zone: 'c.example.org', addresses: ['192.0.2.9'], http: 80, tls: 443, udp: 5000 });
const client = { outer: null, inner: ['10.9.0.2'], publicKey: null };
const seen = {
  queries: [
    { name: lookupsOf(plan).lookup, type: 'A', from: '192.0.2.1', overTcp: false, clientSubnet: null, dnssecOk: false },
  ],
  hosts: [{ host: 'x', path: `/${plan.words.path}`, from: '192.0.2.1' }],
  names: [{ name: `${plan.words.sni}.ok.c.example.org`, from: '192.0.2.1' }],
  datagrams: [{ text: `canary ${plan.words.datagram} end`, from: '192.0.2.1' }],
  full: false,
};
const record: CanaryRecord = {
  plan,
  client,
  sent: { lookup: true, page: true, datagram: true },
  seen,
  pattern: { on: [true, false], symbolMs: 300, start: 1, seed: 1 },
  left: false,
  ssh: false,
  own: [],
};
const trace = (more: Partial<Trace>): Trace => ({
  kind: 'file',
  place: '/var/x',
  pid: null,
  marker: 'lookup',
  encoding: 'text',
  count: 1,
  late: false,
  ...more,
});
const CONTROLS = (['file', 'open', 'memory'] as const).map((kind) => trace({ kind, marker: 'control', pid: 1 }));

const judged = (canary: CanaryRecord, found: Trace[]) =>
  canaryTraces.judge({
    canary,
    traces: { found: [...CONTROLS, ...found], searched: [], unread: [] },
    programs: [],
    namespaces: [],
  } as unknown as Facts & never);

test('words are new each time, begin with a letter and are a label of DNS', () => {
  const other = newPlan(plan.sink);
  for (const word of WORDS) {
    assert.match(plan.words[word], /^q[a-z0-9]{13}$/);
    assert.notEqual(plan.words[word], other.words[word]);
  }
  assert.equal(new Set(Object.values(plan.words)).size, WORDS.length);
  assert.ok(markersOf(plan, client).some((marker) => marker.id === 'tunnel-address-1'));
});

test('what strangers sent to the sink is left out', () => {
  const stranger = structuredClone(seen);
  stranger.queries.push({ ...seen.queries[0]!, name: 'www.c.example.org' });
  stranger.hosts.push({ host: 'scanner', path: '/.env', from: '198.51.100.1' });
  stranger.names.push({ name: 'other.example', from: '198.51.100.1' });
  stranger.datagrams.push({ text: 'x', from: '198.51.100.1' });
  assert.deepEqual(ownOf(stranger, plan), seen);
});

test('only the run’s own words show that traffic arrived: each part is asked for', () => {
  assert.deepEqual(judged(record, []), { contrary: [], open: [] });
  for (const [part, key] of [
    ['page', 'hosts'],
    ['TLS hello', 'names'],
    ['datagram', 'datagrams'],
  ] as const) {
    const { open } = judged({ ...record, seen: { ...seen, [key]: [] } }, []);
    assert.equal(open.length, 1);
    assert.match(open[0]!, new RegExp(part));
  }
});

test('a hunt that misses its control is blind, and content in a process that ended is not forgotten', () => {
  const { open } = canaryTraces.judge({
    canary: record,
    traces: { found: [], searched: [], unread: ['memory of process 7'] },
    programs: [],
    namespaces: [],
  } as unknown as Facts & never);
  assert.equal(open.length, 4);
  assert.match(judged(record, [trace({ kind: 'memory', pid: 9, place: '' })]).open[0]!, /ended since \(pid 9\)/);
});

test('over ssh the sink’s bare address is the auditor’s own, with the port it is a trace', () => {
  const bare = trace({ marker: 'destination-1' });
  const packed = trace({ marker: 'destination-1', encoding: 'sockaddr' });
  assert.equal(judged(record, [bare]).contrary.length, 1);
  assert.equal(judged({ ...record, ssh: true }, [bare]).contrary.length, 0);
  assert.equal(judged({ ...record, ssh: true }, [packed]).contrary.length, 1);
});

test('state of connections is declared while it lasts, and no longer', () => {
  const peers = { kind: 'table', place: 'peers 1', marker: 'tunnel-address-1' } as const;
  assert.equal(judged(record, [trace(peers)]).contrary.length, 0);
  assert.equal(judged(record, [trace({ ...peers, late: true })]).contrary.length, 1);
  assert.equal(judged(record, [trace({ ...peers, place: 'nftables 1' })]).contrary.length, 0);
  assert.equal(judged(record, [trace({ kind: 'table', place: 'kernel log' })]).contrary.length, 1);
});

test('a record from a file is judged only if it is one', () => {
  assert.ok(isCanaryRecord(JSON.parse(JSON.stringify(record))));
  for (const broken of [
    null,
    {},
    { ...record, plan: {} },
    { ...record, pattern: { ...record.pattern, on: [true, true] } },
    { ...record, client: { ...client, inner: ['no address'] } },
    { ...record, seen: {} },
    { ...record, own: 7 },
  ]) {
    assert.equal(isCanaryRecord(broken), false);
  }
});
