/**
 * What hosts say is not as it should be becomes incidents, alarms and entries of the log: once, until a person has looked, and whatever
 * fails in between. Real database, real connections, a clock that tests set forward.
 */

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pauseAfter } from '@lethe/control/fleet/incidents/deliver';
import { readEntries } from '@lethe/control/proof/documents';
import { LogDirectory } from '@lethe/control/proof/log/store';
import {
  INCIDENT_KINDS,
  importVerifyKey,
  newServerId,
  newSigningSeed,
  Secret,
  signingPublicKey,
  toBase64Url,
} from '@lethe/core';
import { claimedType, isSignedBy, PREDICATE, parseEnvelope, readAlarm } from '@lethe/verify';
import { call, createServer, newOwner, signIn, voucher } from './support/customer.ts';
import { query, testDatabase } from './support/database.ts';
import { connectHost, join, newHostKeys, TestHost } from './support/host.ts';
import { forkControl } from './support/process.ts';
import { startReceiver } from './support/receiver.ts';
import { startService, type TestService, until } from './support/service.ts';

const database = testDatabase();
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const CONTENT = { image: 'ab'.repeat(32), files: [], sysctls: [], processes: [], egress: [], policyVersion: 1 };

type Key = { sign: Secret; ownerKey: string };
let count = 0;

function writeChannels(dataDir: string, channels: object[]): void {
  writeFileSync(joinPath(dataDir, 'alarms.json'), JSON.stringify({ channels }), { mode: 0o600 });
}

/** A service with a log, its machine's key, a host and a server. */
async function setUp(t: TestContext, channels: object[] = [], databaseUrl?: string) {
  count += 1;
  const dataDir = joinPath(database.directory, `incidents-${count}`);
  mkdirSync(dataDir, { mode: 0o711 });
  writeChannels(dataDir, channels);
  const proof = { headsDir: joinPath(database.directory, `heads-${count}`), content: CONTENT };
  const service = await startService(t, database, { dataDir, proof, ...(databaseUrl && { databaseUrl }) });
  const host = await connectHost(service);
  const owner = await newOwner();
  const token = await signIn(service, `incidents-${count}@example.com`);
  const create = async () => (await createServer(service, { owner, voucher: await voucher(service, token) })).id;
  const server = await create();
  await host.server(server);
  const seed = new Secret('approver', readFileSync(joinPath(dataDir, 'proof', 'machine-key')));
  const machine: Key = { sign: seed, ownerKey: toBase64Url(await signingPublicKey(seed)) };
  return { service, host, owner, create, server, machine, dataDir, proof };
}

// biome-ignore lint/suspicious/noExplicitAny: answers of the API
type Any = any;
const list = async (service: TestService, owner: Key): Promise<Any[]> =>
  (await call(service, 'GET', '/api/incidents', { owner })).body.incidents;
const rows = (service: TestService, what = '*') =>
  query<Any>(service.databaseUrl, `select ${what} from fleet.incidents order by detected_at`);
const drift = (host: TestHost, server: string, kinds: string[]) => host.send({ type: 'drift', server, kinds });

/** Waits until the service has worked off what the host has sent so far. */
async function settled(service: TestService, host: TestHost & { hostId: string }): Promise<void> {
  const first = 41_000 + Math.floor(Math.random() * 10_000);
  host.hello({ ports: { first, count: 8 } });
  await until(
    async () =>
      (await query(service.databaseUrl, 'select 1 from fleet.hosts where port_first = $1', [first])).length === 1,
  );
}

test('drift opens one incident for each kind; seen again it is the same, gone it stays until it is closed', async (t) => {
  const receiver = await startReceiver(t);
  const secret = 'a secret of sixteen';
  const { service, host, server, machine } = await setUp(t, [
    { name: 'ours', type: 'webhook', url: receiver.url, secret },
  ]);
  drift(host, server, ['process', 'rule_logs']);
  drift(host, server, ['process', 'rule_logs']);
  await until(() => receiver.taken.length === 2);
  assert.deepEqual(receiver.taken.map(({ body }) => [body.kind, body.event, body.server, body.region]).toSorted(), [
    ['process', 'opened', server, 'home'],
    ['rule_logs', 'opened', server, 'home'],
  ]);
  for (const { headers, text } of receiver.taken)
    assert.equal(headers['lethe-signature'], `sha256=${createHmac('sha256', secret).update(text).digest('hex')}`);

  drift(host, server, ['rule_logs']);
  await until(() => receiver.taken.length === 3);
  assert.deepEqual([receiver.taken[2]!.body.kind, receiver.taken[2]!.body.event], ['process', 'gone']);
  // Back within the hour: no second alarm; after it, without anything new being said, one.
  drift(host, server, ['process', 'rule_logs']);
  await settled(service, host);
  assert.deepEqual(
    (await rows(service, 'kind, gone_at')).map(({ gone_at }) => gone_at),
    [null, null],
  );
  service.advance(30 * MINUTE);
  drift(host, server, ['rule_logs']);
  drift(host, server, ['process', 'rule_logs']);
  await settled(service, host);
  assert.equal((await query(service.databaseUrl, 'select 1 from fleet.deliveries')).length, 3);
  service.advance(31 * MINUTE);
  await until(() => receiver.taken.length === 4);
  assert.deepEqual([receiver.taken[3]!.body.kind, receiver.taken[3]!.body.event], ['process', 'opened']);
  assert.equal((await rows(service)).length, 2, 'still the same two incidents');
  assert.equal(receiver.most, 1, 'two deliveries at once');

  const { id } = (await list(service, machine)).find(({ kind }) => kind === 'process');
  const early = await call(service, 'POST', `/api/incidents/${id}/close`, { owner: machine, body: { cause: 'x' } });
  assert.deepEqual([early.status, early.body.error.code], [400, 'bad_request'], 'what is still seen cannot be closed');
  drift(host, server, []);
  await until(() => receiver.taken.length === 6);
  const took = await call(service, 'POST', `/api/incidents/${id}/acknowledge`, { owner: machine, body: {} });
  assert.equal(took.body.acknowledgedBy, 'this machine');
  const closed = await call(service, 'POST', `/api/incidents/${id}/close`, {
    owner: machine,
    body: { cause: 'a debugger' },
  });
  assert.deepEqual([closed.body.closedBy, closed.body.cause], ['this machine', 'a debugger']);
  const twice = await call(service, 'POST', `/api/incidents/${id}/close`, { owner: machine, body: { cause: 'else' } });
  assert.deepEqual([twice.body.cause, twice.body.closedAt], ['a debugger', closed.body.closedAt]);
  await until(() => receiver.taken.some(({ body }) => body.event === 'closed' && body.id === id));
  // A new one after that is another incident.
  drift(host, server, ['process']);
  await until(async () => (await rows(service)).length === 3);
});

test('a report on a server of another host, on one that is ending, or with unknown kinds changes nothing', async (t) => {
  const { service, host, server, owner } = await setUp(t);
  const other = await connectHost(service);
  drift(other, server, ['process']);
  drift(host, newServerId(), ['process']);
  await settled(service, other);
  await settled(service, host);
  await call(service, 'DELETE', `/api/servers/${server}`, { owner });
  drift(host, server, ['process']);
  await settled(service, host);
  assert.deepEqual(await rows(service), []);
  for (const kinds of [['nothing known'], ['process', 'process'], ['host_silent'], 'process']) {
    const bad = await connectHost(service);
    bad.send({ type: 'drift', server, kinds });
    assert.equal(await bad.closed, 1008, JSON.stringify(kinds));
  }
});

test('a host with servers that stays away for a minute is one incident, and gone when it is back', async (t) => {
  const { service, host, create } = await setUp(t);
  await create();
  const lonely = await connectHost(service);
  await lonely.hangUp();
  await host.hangUp();
  const look = () => new Promise((resolve) => setTimeout(resolve, 1200));
  await look();
  service.advance(40_000);
  await look();
  assert.deepEqual(await rows(service), [], 'not before its time is over');
  service.advance(30_000);
  await until(async () => (await rows(service)).length === 1);
  await look();
  const [row] = await rows(service);
  assert.equal((await rows(service)).length, 1, 'one for the host, none for a host without servers');
  assert.deepEqual([row.kind, row.host_id, row.server_id, row.gone_at], ['host_silent', host.hostId, null, null]);
  const again = await TestHost.dial(service, host.keys, host.hostId);
  again.hello();
  await until(async () => (await rows(service))[0].gone_at !== null);
});

test('a control plane that has just started gives every host its time', async (t) => {
  const first = await setUp(t);
  await first.host.hangUp();
  await first.service.stop();
  const { dataDir } = first.service;
  const second = await startService(t, database, {
    dataDir,
    databaseUrl: first.service.databaseUrl,
    proof: first.proof,
  });
  await new Promise((resolve) => setTimeout(resolve, 2500));
  assert.deepEqual(await rows(second), []);
  second.advance(61_000);
  await until(async () => (await rows(second)).length === 1);
});

test('killed between the commit and the first send, a restart delivers', async (t) => {
  const receiver = await startReceiver(t);
  const dataDir = joinPath(database.directory, 'killed');
  mkdirSync(dataDir, { mode: 0o711 });
  writeChannels(dataDir, [{ name: 'ours', type: 'webhook', url: receiver.url }]);
  const config = { dataDir, databaseUrl: await database.create() };
  const control = await forkControl(t, config, { LETHE_CRASH_AT: 'incident.stored' });
  const keys = await newHostKeys();
  const { body } = await join(control, keys, await control.joinToken());
  const host = await TestHost.dial(control, keys, body.hostId);
  host.hello();
  await host.wants(() => true);
  const owner = await newOwner();
  const email = 'killed@example.com';
  await call(control, 'POST', '/api/account/codes', { body: { email } });
  const code = /\b(\d{4} \d{4})\b/.exec((await until(() => control.mails[0])).text)![1];
  const { token } = (await call(control, 'POST', '/api/account/sessions', { body: { email, code } })).body;
  const { id } = await createServer(control as never, { owner, voucher: await voucher(control, token) });
  await host.server(id);
  drift(host, id, ['process']);
  assert.equal(await control.ended, 'SIGKILL');
  const left = await query<Any>(config.databaseUrl, 'select attempts, delivered_at from fleet.deliveries');
  assert.deepEqual(left, [{ attempts: 0, delivered_at: null }], 'stored together with its incident');
  assert.equal(receiver.asked, 0);
  await forkControl(t, config);
  await until(() => receiver.taken.length === 1);
  assert.deepEqual([receiver.taken[0]!.body.event, receiver.taken[0]!.body.kind], ['opened', 'process']);
});

test('a receiver that refuses is tried again, in order, until it takes; silent for long it is an incident of its own', async (t) => {
  const [bad, good] = [await startReceiver(t), await startReceiver(t)];
  const { service, host, server, machine } = await setUp(t, [
    { name: 'bad', type: 'webhook', url: `${bad.url}/secret-path` },
    { name: 'good', type: 'slack', url: good.url },
  ]);
  bad.status = 302;
  drift(host, server, ['process']);
  await until(() => good.taken.length === 1 && bad.asked === 1);
  assert.match(good.taken[0]!.body.text, /program runs on a server/);
  assert.ok(!good.taken[0]!.text.includes(server), 'a chat is not told which server');
  const head = async () =>
    (await query<Any>(service.databaseUrl, "select * from fleet.deliveries where channel = 'bad' order by id"))[0];
  await until(async () => (await head()).failed_at !== null);
  for (const attempt of [1, 2, 3]) {
    // The attempt has failed once its claim has become a pause, which is shorter.
    const pause = pauseAfter(attempt);
    await until(async () => {
      const { attempts, next_at } = await head();
      return attempts === attempt && next_at.getTime() - service.now() * 1000 <= pause;
    });
    drift(host, server, attempt % 2 === 1 ? ['process', 'file'] : ['process']);
    assert.equal(bad.asked, attempt);
    service.advance(pause);
    await until(() => bad.asked === attempt + 1);
  }
  assert.equal(bad.taken.length, 0, 'no redirect is followed');
  service.advance(15 * MINUTE);
  const silent = await until(async () => (await rows(service)).find(({ kind }) => kind === 'channel_silent'));
  assert.deepEqual([silent.channel, silent.region_id], ['bad', '-']);
  await until(() => good.taken.some(({ body }) => /could not be reached/.test(body.text)));
  const { body: status } = await call(service, 'GET', '/api/alarms', { owner: machine });
  assert.ok(!JSON.stringify(status).includes('127.0.0.1'), 'no address is told');
  assert.deepEqual(
    status.channels.map(({ name, silent: is }: Any) => [name, is]),
    [
      ['bad', true],
      ['good', false],
    ],
  );
  bad.status = 200;
  service.advance(HOUR);
  await until(() => bad.taken.length > 0);
  assert.deepEqual([bad.taken[0]!.body.kind, bad.taken[0]!.body.event], ['process', 'opened'], 'oldest first');
  await until(async () => (await rows(service)).find(({ kind }) => kind === 'channel_silent').gone_at !== null);
  assert.equal(bad.most, 1);
  const told = await query<Any>(
    service.databaseUrl,
    `select 1 from fleet.deliveries d join fleet.incidents i on i.id = d.incident_id
     where i.kind = 'channel_silent' and d.channel = 'bad'`,
  );
  assert.deepEqual(told, [], 'nobody is told of themselves');
});

test('alertmanager, mail and the test reach their channels; a file that changes is read, a bad one is not taken', async (t) => {
  const receiver = await startReceiver(t);
  const { service, host, server, machine, dataDir } = await setUp(t, [
    { name: 'am', type: 'alertmanager', url: `${receiver.url}/prefix` },
    { name: 'mail', type: 'email', to: 'on-call@example.com' },
  ]);
  drift(host, server, ['listening_socket']);
  const taken = await until(() => receiver.taken[0]);
  assert.equal(taken.path, '/prefix/api/v2/alerts');
  const { id } = (await list(service, machine))[0];
  const beginning = async (begins: string) =>
    call(service, 'GET', `/api/incidents?begins=${begins}`, { owner: machine });
  assert.deepEqual((await beginning(id.slice(0, 8))).body.incidents, await list(service, machine));
  assert.deepEqual((await beginning('00000000')).body.incidents, []);
  for (const nonsense of ['', '%25%25%25%25%25%25%25%25', id.slice(0, 7)])
    assert.equal((await beginning(nonsense)).status, 400, nonsense);
  const [alert] = taken.body;
  assert.deepEqual(alert.labels, { alertname: 'LetheDrift', kind: 'listening_socket', region: 'home', incident: id });
  assert.ok(Date.parse(alert.endsAt) - Date.parse(alert.startsAt) > 86_400_000);
  const mail = await service.nextMail('on-call@example.com');
  assert.ok(mail.text.includes(id) && !mail.text.includes(server));
  drift(host, server, []);
  const ended = await until(() => receiver.taken[1]);
  assert.ok(Date.parse(ended.body[0].endsAt) <= service.now() * 1000);

  receiver.status = 500;
  const tested = await call(service, 'POST', '/api/alarms/test', { owner: machine, body: {} });
  assert.deepEqual(tested.body.channels, [
    { name: 'am', delivered: false },
    { name: 'mail', delivered: true },
  ]);
  const status = async () => (await call(service, 'GET', '/api/alarms', { owner: machine })).body;
  writeChannels(dataDir, [{ name: 'am', type: 'webhook', url: 'http://needle.example/' }]);
  const { problem, channels } = await until(async () => ((await status()).problem === null ? undefined : status()));
  assert.match(problem, /alarms\.json.*https/);
  assert.ok(!problem.includes('needle'));
  assert.equal(channels.length, 2, 'the channels are as they were');
  writeChannels(dataDir, [{ name: 'new', type: 'slack', url: receiver.url }]);
  await until(async () => (await status()).channels[0]?.name === 'new');
  assert.equal((await status()).problem, null);
});

test('only persons of the trust root are let in', async (t) => {
  const { service, host, server, owner } = await setUp(t);
  drift(host, server, ['process']);
  await until(async () => (await rows(service)).length === 1);
  const [{ id }] = await rows(service);
  const seed = newSigningSeed('approver');
  const stranger: Key = { sign: seed, ownerKey: toBase64Url(await signingPublicKey(seed)) };
  const requests: [string, string, object?][] = [
    ['GET', '/api/incidents'],
    ['POST', `/api/incidents/${id}/acknowledge`, {}],
    ['POST', `/api/incidents/${id}/close`, { cause: 'x' }],
    ['GET', '/api/alarms'],
    ['POST', '/api/alarms/test', {}],
  ];
  for (const [method, path, body] of requests) {
    const given = body && { body };
    assert.equal((await call(service, method, path, { ...given })).status, 401, path);
    for (const key of [stranger, owner, host.keys]) {
      const answer = await call(service, method, path, { ...given, owner: key });
      assert.deepEqual([answer.status, answer.body.error.code], [403, 'too_few_approvals'], path);
    }
  }
  const [row] = await rows(service);
  assert.deepEqual([row.acknowledged_at, row.closed_at], [null, null]);
});

/** The alarms in a service's log, each with whether its signature is by the key it names. */
async function alarmsOf(dataDir: string) {
  const store = new LogDirectory(joinPath(dataDir, 'log'), joinPath(dataDir, 'proof'));
  const note = readFileSync(joinPath(dataDir, 'log', 'checkpoint'), 'utf8');
  const size = Number(note.split('\n')[1]);
  const found: ReturnType<typeof readAlarm>[] = [];
  for await (const { bytes } of readEntries((tile) => store.readTile(tile), size)) {
    const envelope = parseEnvelope(bytes);
    if (claimedType(envelope.payload) !== PREDICATE.alarm) continue;
    const seed = new Secret('alarm-sign', readFileSync(joinPath(dataDir, 'proof', 'alarm-key')));
    assert.ok(await isSignedBy(envelope, await importVerifyKey(await signingPublicKey(seed))));
    found.push(readAlarm(envelope));
  }
  return found;
}

test('the log has region, kind and hour, once an hour; a restart reads it, and adds nothing', async (t) => {
  const { service, host, create, server, machine, dataDir, proof } = await setUp(t);
  const other = await create();
  await host.server(other);
  const logged = () => until(async () => (await rows(service)).every(({ logged_at }) => logged_at !== null));
  drift(host, server, ['process']);
  await until(async () => (await rows(service)).length === 1);
  await logged();
  drift(host, other, ['process']);
  await until(async () => (await rows(service)).length === 2);
  await logged();
  const times = (await rows(service)).map(({ alarmed_at }) => Math.floor(alarmed_at.getTime() / HOUR) * 3600);
  const entries = await alarmsOf(dataDir);
  assert.deepEqual(
    entries.map(({ region, kind, raisedAt }) => ({ region, kind, raisedAt })),
    [...new Set(times)].map((raisedAt) => ({ region: 'home', kind: 'process', raisedAt })),
  );
  const { mode } = statSync(joinPath(dataDir, 'proof', 'alarm-key'));
  assert.equal(mode & 0o777, 0o600);

  await service.stop();
  await query(service.databaseUrl, 'update fleet.incidents set logged_at = null');
  const again = await startService(t, database, { dataDir, databaseUrl: service.databaseUrl, proof });
  await until(async () => (await rows(again)).every(({ logged_at }) => logged_at !== null));
  assert.deepEqual(await alarmsOf(dataDir), entries, 'logged already, and known to be');
  assert.equal((await call(again, 'GET', '/api/alarms', { owner: machine })).body.unlogged, 0);
});

test('an alarm that the log does not take holds up none behind it', async (t) => {
  const { service, host, server, dataDir } = await setUp(t);
  // No channel lies in a region: the log refuses such an entry.
  await query(
    service.databaseUrl,
    `insert into fleet.incidents (kind, region_id, channel, detected_at, alarmed_at)
     values ('channel_silent', 'home', 'none', 'epoch', 'epoch')`,
  );
  drift(host, server, ['process']);
  await until(async () => (await rows(service)).find(({ kind }) => kind === 'process')?.logged_at ?? undefined);
  assert.deepEqual(
    (await alarmsOf(dataDir)).map(({ kind }) => kind),
    ['process'],
  );
  assert.equal((await rows(service)).find(({ kind }) => kind === 'channel_silent').logged_at, null);
});

test('while the log cannot be written the channels are told, and the alarm is logged when it can be again', async (t) => {
  const receiver = await startReceiver(t);
  const { service, host, server, machine, dataDir } = await setUp(t, [
    { name: 'ours', type: 'webhook', url: receiver.url },
  ]);
  // A directory in the place of the file that every batch is kept in first.
  const obstacle = joinPath(dataDir, 'proof', 'staged.new');
  mkdirSync(obstacle);
  drift(host, server, ['process']);
  await until(() => receiver.taken.length === 1);
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.equal((await rows(service))[0].logged_at, null);
  assert.equal((await call(service, 'GET', '/api/alarms', { owner: machine })).body.unlogged, 1);
  assert.deepEqual(await alarmsOf(dataDir), []);
  rmdirSync(obstacle);
  service.advance(10_000);
  await until(async () => (await rows(service))[0].logged_at !== null);
  assert.equal((await alarmsOf(dataDir)).length, 1);
});

test('a service that keeps no log opens incidents all the same', async (t) => {
  const service = await startService(t, database);
  const host = await connectHost(service);
  const token = await signIn(service, 'nolog@example.com');
  const { id } = await createServer(service, { owner: await newOwner(), voucher: await voucher(service, token) });
  await host.server(id);
  drift(host, id, ['file']);
  await until(async () => (await rows(service)).length === 1);
  const answer = await call(service, 'GET', '/api/incidents', { owner: await newOwner() });
  assert.equal(answer.status, 403);
});

test('nothing outlives a server that dates it: closed incidents go, open ones lose the server and their times', async (t) => {
  const receiver = await startReceiver(t);
  const { service, host, server, owner, machine } = await setUp(t, [
    { name: 'ours', type: 'webhook', url: receiver.url },
  ]);
  drift(host, server, ['process', 'file']);
  await until(() => receiver.taken.length === 2);
  drift(host, server, ['file']);
  await until(() => receiver.taken.length === 3);
  const { id } = (await list(service, machine)).find(({ kind }) => kind === 'process');
  await call(service, 'POST', `/api/incidents/${id}/close`, { owner: machine, body: { cause: 'x' } });
  await until(() => receiver.taken.length === 4);
  await until(async () => (await rows(service)).every(({ logged_at }) => logged_at !== null));
  await until(
    async () =>
      (await query(service.databaseUrl, 'select 1 from fleet.deliveries where delivered_at is null')).length === 0,
  );
  await call(service, 'DELETE', `/api/servers/${server}`, { owner });
  host.send({ type: 'gone', server });
  await until(async () => (await query(service.databaseUrl, 'select 1 from fleet.servers')).length === 0);
  const left = await rows(service);
  assert.deepEqual(
    left.map(({ kind, server_id, gone_at }) => [kind, server_id, gone_at]),
    [['file', null, null]],
  );
  for (const column of ['detected_at', 'logged_at']) assert.equal(left[0][column].getTime() % 86_400_000, 0, column);
  assert.equal(left[0].alarmed_at.getTime() % HOUR, 0);
  assert.deepEqual(await query(service.databaseUrl, 'select 1 from fleet.deliveries'), []);
  const all = await query<Any>(service.databaseUrl, 'select i::text as row from fleet.incidents i');
  assert.ok(!all.some(({ row }) => row.includes(server)));
  await new Promise((resolve) => setTimeout(resolve, 1200));
  assert.equal(receiver.taken.length, 4, 'no channel hears of the deletion');
  // The person can still close it, and after 30 days the row goes.
  const closed = await call(service, 'POST', `/api/incidents/${left[0].id}/close`, {
    owner: machine,
    body: { cause: 'y' },
  });
  assert.equal(closed.status, 200);
  service.advance(29 * 86_400_000);
  await service.control.dailyRound();
  assert.equal((await rows(service)).length, 1);
  service.advance(2 * 86_400_000);
  await service.control.dailyRound();
  assert.deepEqual(await rows(service), []);
});

test('the pause doubles from five seconds to ten minutes, and there is no last attempt', () => {
  assert.deepEqual(
    [1, 2, 3, 7, 8, 9, 1000].map((attempts) => pauseAfter(attempts) / 1000),
    [5, 10, 20, 320, 600, 600, 600],
  );
});

test('every kind that hosts can report is accepted', async (t) => {
  const { service, host, server } = await setUp(t);
  const kinds = INCIDENT_KINDS.filter((kind) => kind !== 'host_silent' && kind !== 'channel_silent');
  drift(host, server, kinds);
  await until(async () => (await rows(service)).length === kinds.length);
});
