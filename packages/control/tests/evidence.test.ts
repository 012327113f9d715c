/**
 * Looks at servers become one commitment for each cell and epoch in the log, which is the same for any number of servers. Real database,
 * real connections, a real log, a clock that tests set forward.
 */

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { readEntries } from '@lethe/control/proof/documents';
import { LogDirectory } from '@lethe/control/proof/log/store';
import {
  CLAIM_IDS,
  EPOCH_S,
  epochOf,
  type Look,
  newSigningSeed,
  OUT_OF_SCOPE,
  Secret,
  signingPublicKey,
  signLook,
  toBase64Url,
  verifyLook,
} from '@lethe/core';
import {
  claimedType,
  type Evidence,
  type Opening,
  PREDICATE,
  parseEnvelope,
  readEvidence,
  verifyOpening,
} from '@lethe/verify';
import { call, createServer, newOwner, signIn, voucher } from './support/customer.ts';
import { query, testDatabase } from './support/database.ts';
import { connectHost, enrolment, join, newHostKeys, type TestHost } from './support/host.ts';
import { forkControl } from './support/process.ts';
import { startService, type TestService, until } from './support/service.ts';

const database = testDatabase();
const EPOCH_MS = EPOCH_S * 1000;
const DAY_MS = 86_400_000;
const CONTENT = { image: 'ab'.repeat(32), files: [], sysctls: [], processes: [], egress: [], policyVersion: 1 };
const letters = (change: Record<string, string>): string => CLAIM_IDS.map((claim) => change[claim] ?? '-').join('');
const CLEAN = letters({ 'CL-04': 'c' });
const WATCHED = letters({ 'CL-11': 'c', 'CL-13': 'c' });
let count = 0;

/** A service with a log and a host, at the beginning of an epoch. */
async function setUp(t: TestContext) {
  count += 1;
  const dataDir = joinPath(database.directory, `evidence-${count}`);
  mkdirSync(dataDir, { mode: 0o711 });
  const proof = { headsDir: joinPath(database.directory, `evidence-heads-${count}`), content: CONTENT };
  const service = await startService(t, database, { dataDir, proof });
  nextEpoch(service);
  const host = await connectHost(service);
  return { service, host, dataDir };
}

/** A server that has enrolled, with its node key. */
async function enrolled(service: TestService, host: TestHost) {
  const owner = await newOwner();
  const token = await signIn(service, `evidence-${Math.random()}@example.com`);
  const { id } = await createServer(service, { owner, voucher: await voucher(service, token) });
  const wanted = await host.server(id);
  const node = newSigningSeed('node-sign');
  host.send({ type: 'enrol', enrolment: await enrolment(id, wanted.enrolmentToken!, {}, node) });
  await until(() => host.received.some((message) => message.type === 'enrolled' && message.server === id));
  return { id, owner, node, nodeKey: toBase64Url(await signingPublicKey(node)) };
}

/** Sets the clock to a minute after the beginning of the next epoch, so that the one before is closed. */
function nextEpoch(service: TestService): void {
  const now = service.now() * 1000;
  service.advance(epochOf(now, EPOCH_S) * 1000 + EPOCH_MS + 61_000 - now);
}

/** The same with the next day, from which on servers of this day are looked at. */
function nextDay(service: TestService): void {
  const now = service.now() * 1000;
  service.advance(Math.ceil(now / DAY_MS) * DAY_MS + 61_000 - now);
}

/** Sets the clock to a minute after nine in the evening. */
function evening(service: TestService): void {
  const now = service.now() * 1000;
  const nine = Math.floor(now / DAY_MS) * DAY_MS + 21 * EPOCH_MS + 61_000;
  service.advance((nine > now ? nine : nine + DAY_MS) - now);
}

const begins = (service: TestService): number => epochOf(service.now() * 1000, EPOCH_S);

async function report(
  service: TestService,
  host: TestHost,
  server: { id: string; node: Secret<'node-sign'> },
  change: Partial<Look> & { outside?: string } = {},
): Promise<void> {
  const { outside = WATCHED, ...fields } = change;
  const look = { server: server.id, begins: begins(service), seconds: EPOCH_S, inside: CLEAN, ...fields };
  host.send({ type: 'evidence', look, signature: await signLook(look, server.node), outside });
}

const stored = (service: TestService) =>
  query<{ server_id: string; inside: string | null }>(service.databaseUrl, 'select * from fleet.evidence');

/** Evidence in the log, with the numbers of its entries. */
async function logged(dataDir: string): Promise<{ index: number; evidence: Evidence; bytes: Uint8Array }[]> {
  const log = new LogDirectory(joinPath(dataDir, 'log'), joinPath(dataDir, 'proof'));
  const size = Number(readFileSync(joinPath(dataDir, 'log', 'checkpoint'), 'utf8').split('\n')[1]);
  const found = [];
  for await (const { index, bytes } of readEntries((tile) => log.readTile(tile), size)) {
    const envelope = parseEnvelope(bytes);
    if (claimedType(envelope.payload) === PREDICATE.evidence)
      found.push({ index, evidence: readEvidence(envelope), bytes });
  }
  return found;
}

/** Waits until the epoch before the present one is in the log. */
const closed = (service: TestService, dataDir: string) =>
  until(async () => (await logged(dataDir)).find(({ evidence }) => evidence.begins === begins(service) - EPOCH_S));

async function openings(
  service: TestService,
  { id, owner }: { id: string; owner: Awaited<ReturnType<typeof newOwner>> },
) {
  const { body } = await call(service, 'GET', `/api/servers/${id}/evidence`, { owner });
  return body.openings as (Opening & { entry: number | null })[];
}

test('a look is committed, logged, and opened by its owner; an epoch without one is a gap', async (t) => {
  const { service, host, dataDir } = await setUp(t);
  assert.deepEqual(
    host.received.find((message) => message.type === 'epoch'),
    {
      type: 'epoch',
      begins: begins(service),
      seconds: EPOCH_S,
    },
  );
  const server = await enrolled(service, host);
  const other = await enrolled(service, host);
  // A look on the first day counts for nothing: nobody could tell from the log, or from a row, when a server was made.
  await report(service, host, server);
  nextDay(service);
  assert.deepEqual((await closed(service, dataDir)).evidence.untested, []);
  assert.deepEqual(await stored(service), []);
  await report(service, host, server);
  await report(service, host, other, {
    inside: letters({ 'CL-04': 'c', 'CL-01': 'n' }),
    outside: letters({ 'CL-11': 't', 'CL-13': 'c' }),
  });
  await until(async () => (await stored(service)).length === 2);
  nextEpoch(service);
  const { evidence, index } = await closed(service, dataDir);
  assert.deepEqual([evidence.cell, evidence.contrary, evidence.untested], ['home', ['CL-01'], ['CL-11']]);
  const [opening] = await until(async () => {
    const all = await openings(service, server);
    return all[0]?.entry === index && all;
  });
  verifyOpening(opening!, evidence);
  const { content } = opening!;
  await verifyLook({ ...content, inside: content.inside! }, content.signature!, server.nodeKey);
  assert.deepEqual([content.inside, content.outside], [CLEAN, WATCHED]);
  // Nobody else gets it, and nothing about it can be changed.
  assert.equal((await call(service, 'GET', `/api/servers/${server.id}/evidence`, { owner: other.owner })).status, 404);
  for (const change of [
    { content: { ...content, outside: letters({ 'CL-11': 'c' }) } },
    { blind: Buffer.alloc(32).toString('base64') },
    { slot: (opening!.slot + 1) % evidence.slots },
    { content: { ...content, begins: content.begins + EPOCH_S } },
  ])
    assert.throws(() => verifyOpening({ ...opening!, ...change }, evidence), { code: 'bad_evidence' });
  const [contrary] = await openings(service, other);
  assert.throws(() => verifyOpening(contrary!, { ...evidence, contrary: [] }), /CL-01/);

  await report(service, host, other);
  await until(async () => (await stored(service)).length === 3);
  nextEpoch(service);
  const gap = (await closed(service, dataDir)).evidence;
  assert.deepEqual([gap.contrary, gap.untested], [[], ['CL-04', 'CL-11', 'CL-13']]);
  const [missing] = await openings(service, server);
  assert.equal(missing!.content.inside, null);
  verifyOpening(missing!, gap);
});

test('no byte of the log depends on how many servers there are, or on when one comes or goes', async (t) => {
  const empty = await setUp(t);
  const busy = await setUp(t);
  const entries: { evidence: Evidence; bytes: Uint8Array }[][] = [[], []];
  const servers: Awaited<ReturnType<typeof enrolled>>[] = [];
  const due: typeof servers = [];
  let looks = 0;
  const pass = async (advance: (service: TestService) => void): Promise<void> => {
    for (const server of due) await report(busy.service, busy.host, server);
    looks += due.length;
    await until(async () => (await stored(busy.service)).filter(({ inside }) => inside !== null).length >= looks);
    for (const [which, { service, dataDir }] of [empty, busy].entries()) {
      advance(service);
      entries[which]!.push(await closed(service, dataDir));
    }
  };
  for (const { service, dataDir } of [empty, busy]) {
    evening(service);
    await closed(service, dataDir);
  }
  // Two come, and are looked at from midnight on; later one of them goes.
  for (const hour of [21, 22, 23, 0, 1, 2, 3]) {
    if (hour < 23 && hour > 20) servers.push(await enrolled(busy.service, busy.host));
    if (hour === 0) due.push(...servers);
    if (hour === 2) {
      const { id, owner } = due.shift()!;
      assert.equal((await call(busy.service, 'DELETE', `/api/servers/${id}`, { owner })).status, 202);
    }
    await pass(nextEpoch);
  }
  const shape = ({ evidence, bytes }: { evidence: Evidence; bytes: Uint8Array }) => {
    const { cell, seconds, slots, contrary, untested } = evidence;
    return { cell, seconds, slots, contrary, untested, size: bytes.length, root: evidence.root.length };
  };
  assert.deepEqual(entries[1]!.map(shape), entries[0]!.map(shape));
  const roots = entries.flat().map(({ evidence }) => evidence.root);
  assert.equal(new Set(roots).size, roots.length, 'the same servers are another root in each epoch');
  for (const { service, dataDir } of [empty, busy]) {
    const between = (await logged(dataDir)).map(({ evidence }) => evidence.begins);
    assert.deepEqual(
      between,
      between.toSorted((a, b) => a - b),
    );
    assert.equal(between.at(-1), begins(service) - EPOCH_S);
  }
});

test('what a server did not sign, another host reports, or comes for another epoch counts for nothing', async (t) => {
  const { service, host, dataDir } = await setUp(t);
  const server = await enrolled(service, host);
  nextDay(service);
  const stranger = { id: server.id, node: newSigningSeed('node-sign') };
  const foreign = await connectHost(service, { ports: { first: 41_000, count: 8 } });
  await report(service, host, stranger);
  await report(service, foreign, server);
  await report(service, host, server, { begins: begins(service) + EPOCH_S });
  await report(service, host, server, { begins: begins(service) - 2 * EPOCH_S });
  await report(service, host, server, { seconds: EPOCH_S / 2 });
  await report(service, host, server, { inside: OUT_OF_SCOPE });
  await report(service, host, server);
  await until(async () => (await stored(service)).length > 0);
  nextEpoch(service);
  await closed(service, dataDir);
  const [opening] = await openings(service, server);
  assert.equal(opening!.content.inside, OUT_OF_SCOPE, 'the first one that counts, and no later one');
  host.send({ type: 'evidence', look: { server: server.id }, signature: '', outside: '' });
  await host.closed;
});

test('persons of the trust root see claim by server by day; nobody else does', async (t) => {
  const { service, host, dataDir } = await setUp(t);
  const server = await enrolled(service, host);
  nextDay(service);
  await report(service, host, server);
  await until(async () => (await stored(service)).length === 1);
  nextEpoch(service);
  await closed(service, dataDir);
  nextEpoch(service);
  await closed(service, dataDir);
  const sign = new Secret('approver', readFileSync(joinPath(dataDir, 'proof', 'machine-key')));
  const machine = { sign, ownerKey: toBase64Url(await signingPublicKey(sign)) };
  const isLogged = ({ logged: is }: { logged: boolean }): boolean => is;
  // The log has an entry a moment before the row knows its number.
  const body = await until(async () => {
    const answer = await call(service, 'GET', '/api/fleet/evidence?days=2', { owner: machine });
    return answer.body.cells[0].epochs.every(isLogged) && answer.body;
  });
  const [days] = body.servers.map((one: { days: object[] }) => one.days);
  const sum = (name: string) => days.reduce((total: number, day: Record<string, number>) => total + day[name]!, 0);
  assert.deepEqual([sum('looks'), sum('gaps')], [1, 1]);
  assert.equal(days.at(-1).verdicts[CLAIM_IDS.indexOf('CL-04')], 't', 'the worst of the day');
  assert.equal(body.cells[0].cell, 'home');
  assert.equal((await call(service, 'GET', '/api/fleet/evidence', { owner: server.owner })).status, 403);
  // What is about a server goes with it.
  assert.equal((await call(service, 'DELETE', `/api/servers/${server.id}`, { owner: server.owner })).status, 202);
  host.send({ type: 'gone', server: server.id });
  await until(async () => (await stored(service)).length === 0);
});

// At once: most of it is waiting for the end of an epoch.
const together = { concurrency: true };
describe('killed between two durable steps', together, () => {
  for (const point of ['evidence.committed', 'evidence.logged'] as const) {
    test(`killed at ${point}, a restart has each epoch in the log once`, async (t) => {
      const dataDir = joinPath(database.directory, `killed-${point}`);
      mkdirSync(dataDir, { mode: 0o711 });
      const proof = { headsDir: `${dataDir}-heads`, content: CONTENT };
      const config = { dataDir, databaseUrl: await database.create(), proof, epochS: 10 };
      const first = await forkControl(t, config, { LETHE_CRASH_AT: point });
      const keys = await newHostKeys();
      const joined = await join(first, keys, await first.joinToken());
      assert.equal(joined.status, 201);
      assert.equal(await first.ended, 'SIGKILL');
      await forkControl(t, config);
      const entries = await until(async () => {
        const rows = await query<{ entry: string | null; begins: string }>(
          config.databaseUrl,
          'select entry, begins from fleet.epochs',
        );
        return rows.length > 0 && rows.every(({ entry }) => entry !== null) && rows;
      });
      const all = await until(async () => {
        const found = await logged(dataDir);
        return found.length >= entries.length && found;
      });
      const epochs = all.map(({ evidence }) => evidence.begins);
      assert.equal(new Set(epochs).size, epochs.length);
      for (const { entry, begins: epoch } of entries)
        assert.equal(all.find(({ evidence }) => evidence.begins === Number(epoch))?.index, Number(entry));
    });
  }
});
