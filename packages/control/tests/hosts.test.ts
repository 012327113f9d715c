/** Hosts: joining, the channel, enrolment of servers, reports, status through several control processes. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newChallenge, newServerId, newToken, toBase64 } from '@lethe/core';
import { call, createServer, newOwner, signIn, voucher } from './support/customer.ts';
import { query, testDatabase } from './support/database.ts';
import { connectHost, enrolment, HOME, join, newHostKeys, TestHost } from './support/host.ts';
import { startService, until } from './support/service.ts';

const database = testDatabase();

async function setUp(t: Parameters<typeof startService>[0], hello: Parameters<typeof connectHost>[1] = {}) {
  const service = await startService(t, database);
  const host = await connectHost(service, hello);
  const token = await signIn(service, 'hosts@example.com');
  const owner = await newOwner();
  const create = async () => (await createServer(service, { owner, voucher: await voucher(service, token) })).id;
  const show = async (id: string) => (await call(service, 'GET', `/api/servers/${id}`, { owner })).body;
  return { service, host, owner, create, show };
}

test('a join token lets one host in, once; the same host again gets its id without one', async (t) => {
  const service = await startService(t, database);
  const [first, second, token] = [await newHostKeys(), await newHostKeys(), await service.control.joinToken()];
  const joined = await join(service, first, token);
  assert.equal(joined.status, 201);
  const again = await join(service, first, token);
  assert.deepEqual([again.status, again.body], [200, joined.body]);
  for (const bad of [token, newToken(), '']) {
    const refused = await join(service, second, bad);
    assert.deepEqual([refused.status, refused.body.error.code], [403, 'bad_voucher']);
  }
  const old = await service.control.joinToken();
  service.advance(2 * 86_400_000);
  assert.equal((await join(service, second, old)).status, 403);
  await service.control.dailyRound();
  assert.deepEqual(await query(service.databaseUrl, 'select 1 from fleet.join_tokens'), []);
  assert.equal((await query(service.databaseUrl, 'select 1 from fleet.hosts')).length, 1);
});

test('a host cannot join under a key that is not its own, or with a region that is no name', async (t) => {
  const service = await startService(t, database);
  const [keys, other, token] = [await newHostKeys(), await newHostKeys(), await service.control.joinToken()];
  const body = { token, hostKey: other.ownerKey, region: HOME };
  assert.equal((await call(service, 'POST', '/api/hosts', { owner: keys, body })).body.error.code, 'bad_signature');
  for (const region of [
    { id: 'No Spaces', name: 'x' },
    { id: 'a', name: '' },
    { id: '-a', name: 'x' },
  ]) {
    assert.equal((await join(service, keys, token, region)).body.error.code, 'bad_request');
  }
  assert.equal((await join(service, keys, token)).status, 201, 'the token was not used up');
});

test('only the host itself opens its channel', async (t) => {
  const { service, host } = await setUp(t);
  await assert.rejects(TestHost.dial(service, await newHostKeys(), host.hostId));
  await assert.rejects(TestHost.dial(service, host.keys, newServerId()));
  await assert.rejects(TestHost.dial(service, host.keys, '00000000-0000-4000-8000-000000000000'));
  const plain = await call(service, 'GET', `/api/hosts/${host.hostId}/channel`, { owner: host.keys });
  assert.equal(plain.status, 426);
});

test('a host that breaks the protocol is cut off and changes nothing', async (t) => {
  const { service, host, create, show } = await setUp(t);
  const id = await create();
  const bad: unknown[] = [
    'no json',
    { type: 'stage', server: id, stage: 'lunch' },
    { type: 'stage', server: 'x', stage: 'ready' },
    { type: 'applied', server: id, counter: 0 },
    { type: 'stage', server: id, stage: 'ready', client: '192.0.2.1' },
    { type: 'hello', protocol: 2 },
    { type: 'constructor' },
    null,
    [],
  ];
  for (const message of bad) {
    const channel = await TestHost.dial(service, host.keys, host.hostId);
    channel.hello();
    await channel.wants(() => true);
    channel.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
    assert.equal(await channel.closed, 1008, JSON.stringify(message));
  }
  const silent = await TestHost.dial(service, host.keys, host.hostId);
  silent.send({ type: 'stage', server: id, stage: 'ready' });
  assert.equal(await silent.closed, 1008, 'a report before hello');
  const huge = await TestHost.dial(service, host.keys, host.hostId);
  huge.socket.send('x'.repeat(70_000));
  assert.equal(await huge.closed, 1009);
  assert.equal((await show(id)).revision, 1);
});

test('a server is born: its reports show, its keys are kept, its list is in force', async (t) => {
  const { service, host, create, show } = await setUp(t);
  const id = await create();
  const { enrolmentToken } = await host.server(id);
  for (const stage of ['machine', 'booting'] as const) host.send({ type: 'stage', server: id, stage });
  const keys = await enrolment(id, enrolmentToken!);
  host.send({ type: 'enrol', enrolment: keys });
  await until(() => host.received.some((message) => message.type === 'enrolled' && message.accepted));
  for (const stage of ['network', 'tunnel', 'resolver', 'ready'] as const)
    host.send({ type: 'stage', server: id, stage });
  host.send({ type: 'applied', server: id, counter: 1 });
  await until(async () => (await show(id)).counter === 1);
  const view = await show(id);
  assert.deepEqual([view.state, view.stage], ['ready', 'ready']);
  assert.deepEqual([view.nodeKey, view.wireguardKey], [keys.nodeKey, keys.wireguardKey]);
  const { revision } = view;
  host.send({ type: 'stage', server: id, stage: 'ready' });
  host.send({ type: 'applied', server: id, counter: 1 });
  host.send({ type: 'enrol', enrolment: keys });
  await until(() => host.received.filter((message) => message.type === 'enrolled' && message.accepted).length === 2);
  assert.equal((await show(id)).revision, revision, 'what is known already is no change');

  const again = await TestHost.dial(service, host.keys, host.hostId);
  again.hello();
  assert.equal((await again.server(id)).enrolmentToken, null, 'a server that has enrolled needs no token');
});

test('an enrolment with a wrong token, signature, key or server is refused, and so is a second one', async (t) => {
  const { service, host, create, show } = await setUp(t);
  const [id, other] = [await create(), await create()];
  const token = (await host.server(id)).enrolmentToken!;
  const foreign = (await host.server(other)).enrolmentToken!;
  const elsewhere = await connectHost(service, {}, { id: 'away', name: 'Away' });
  const good = await enrolment(id, token);
  const answer = async (from: TestHost, sent: typeof good): Promise<boolean> => {
    const before = from.received.length;
    from.send({ type: 'enrol', enrolment: sent });
    const message = await until(() => from.received.slice(before).find((received) => received.type === 'enrolled'));
    return message.type === 'enrolled' && message.accepted;
  };
  const refused: [string, typeof good][] = [
    ['the token of another server', await enrolment(id, foreign)],
    ['no token', await enrolment(id, '')],
    ['a changed key', { ...good, wireguardKey: (await enrolment(id, token)).wireguardKey }],
    ['a signature by another key', { ...good, nodeKey: (await enrolment(id, token)).nodeKey }],
    ['a low-order key', await enrolment(id, token, { wireguardKey: toBase64(new Uint8Array(32)) })],
    ['another server', { ...good, server: other }],
    ['no signature', { ...good, signature: '' }],
  ];
  for (const [why, sent] of refused) assert.equal(await answer(host, sent), false, why);
  assert.equal(await answer(elsewhere, good), false, 'a host that does not have the server');
  assert.equal((await show(id)).wireguardKey, null);
  assert.equal(await answer(host, good), true);
  assert.equal(await answer(host, await enrolment(id, token)), false, 'the token is spent');
  assert.equal((await show(id)).wireguardKey, good.wireguardKey);
});

test('reports about the servers of another host change nothing', async (t) => {
  const { service, host, create, show } = await setUp(t);
  const id = await create();
  await host.server(id);
  const elsewhere = await connectHost(service, {}, { id: 'away', name: 'Away' });
  elsewhere.send({ type: 'stage', server: id, stage: 'ready' });
  elsewhere.send({ type: 'failed', server: id, failure: 'engine_failed' });
  elsewhere.send({ type: 'failed', server: id, failure: 'port_in_use' });
  elsewhere.send({ type: 'applied', server: id, counter: 9 });
  elsewhere.send({ type: 'gone', server: id });
  elsewhere.send({ type: 'enrol', enrolment: await enrolment(id, 'x') });
  await until(() => elsewhere.received.some((message) => message.type === 'enrolled'));
  assert.deepEqual([(await show(id)).state, (await show(id)).revision], ['wanted', 1]);
});

test('a host says gone about a server that is still wanted: nothing is lost', async (t) => {
  const { host, create, show } = await setUp(t);
  const id = await create();
  await host.server(id);
  host.send({ type: 'gone', server: id });
  host.send({ type: 'stage', server: id, stage: 'machine' });
  await until(async () => (await show(id)).stage === 'machine');
});

test('a port that somebody else took is exchanged, until there is none left', async (t) => {
  const { host, create, show } = await setUp(t, { ports: { first: 42000, count: 3 } });
  const id = await create();
  for (const port of [42000, 42001]) {
    await host.wants(({ servers }) => servers[0]?.port === port);
    host.send({ type: 'failed', server: id, failure: 'port_in_use' });
  }
  await host.wants(({ servers }) => servers[0]?.port === 42002);
  assert.deepEqual([(await show(id)).state, (await show(id)).endpoints[0]], ['wanted', 'vpn.example:42002']);
  host.send({ type: 'failed', server: id, failure: 'port_in_use' });
  await until(async () => (await show(id)).failure === 'port_in_use');
  assert.equal((await show(id)).state, 'failed');
});

test('a failure shows, and a later success takes it away', async (t) => {
  const { host, create, show } = await setUp(t);
  const id = await create();
  await host.server(id);
  host.send({ type: 'failed', server: id, failure: 'engine_timeout' });
  await until(async () => (await show(id)).state === 'failed');
  assert.equal((await show(id)).failure, 'engine_timeout');
  host.send({ type: 'stage', server: id, stage: 'machine' });
  await until(async () => (await show(id)).state === 'starting');
  assert.equal((await show(id)).failure, null);
});

test('a host that comes back gets its whole desired state, and what must be gone', async (t) => {
  const { service, host, owner, create } = await setUp(t);
  const [stays, ends] = [await create(), await create()];
  await host.wants(({ servers }) => servers.length === 2);
  await host.hangUp();
  await call(service, 'DELETE', `/api/servers/${ends}`, { owner });
  const back = await TestHost.dial(service, host.keys, host.hostId);
  back.hello();
  const desired = await back.wants(() => true);
  assert.deepEqual([desired.servers.map(({ server }) => server), desired.gone], [[stays], [ends]]);
});

test('a host that says nothing about what must be gone is asked again', async (t) => {
  const { service, host, owner, create } = await setUp(t);
  const id = await create();
  await host.server(id);
  await call(service, 'DELETE', `/api/servers/${id}`, { owner });
  const asked = () =>
    host.received.filter((message) => message.type === 'desired' && message.gone?.includes(id)).length;
  await until(() => asked() >= 2);
  host.send({ type: 'gone', server: id });
  await until(async () => (await call(service, 'GET', `/api/servers/${id}`, { owner })).status === 404);
});

test('a second connection of a host takes the place of the first, and the host stays present', async (t) => {
  const { service, host } = await setUp(t);
  const second = await TestHost.dial(service, host.keys, host.hostId);
  second.hello();
  await second.wants(() => true);
  assert.equal(await host.closed, 1001);
  const { body } = await call(service, 'GET', '/api/regions');
  assert.deepEqual(body.regions, [
    { id: 'home', name: 'Home', engines: ['container'], defaultEngine: 'container', available: true },
  ]);
});

test('live status passes through as ciphertext, and silence is a clear error', async (t) => {
  const { service, host, owner, create } = await setUp(t);
  const id = await create();
  await host.server(id);
  const challenge = newChallenge();
  const ask = () => call(service, 'GET', `/api/servers/${id}/status?challenge=${challenge}`, { owner });
  const answerWith = async (sealed: string | null): Promise<void> => {
    const seen = host.received.length;
    const question = await until(() => host.received.slice(seen).find((message) => message.type === 'ask'));
    if (question.type !== 'ask') return;
    assert.equal(question.challenge, challenge);
    host.send({ type: 'answer', id: question.id, sealed });
  };
  const [answered] = await Promise.all([ask(), answerWith('c2VhbGVk')]);
  assert.deepEqual([answered.status, answered.body], [200, { sealed: 'c2VhbGVk' }]);
  const [empty] = await Promise.all([ask(), answerWith(null)]);
  assert.deepEqual([empty.status, empty.body.error.code], [503, 'unreachable']);
  const silent = await ask();
  assert.deepEqual([silent.status, silent.body.error.code], [504, 'timeout']);
});

test('a question for a server needs a challenge, in its one spelling', async (t) => {
  const { service, host, owner, create } = await setUp(t);
  const id = await create();
  await host.server(id);
  for (const query of ['', '?challenge=', `?challenge=${'A'.repeat(21)}`, `?challenge=${'A'.repeat(21)}B`]) {
    const { status, body } = await call(service, 'GET', `/api/servers/${id}/status${query}`, { owner });
    assert.deepEqual([query, status, body.error.code], [query, 400, 'bad_request']);
  }
  assert.ok(!host.received.some((message) => message.type === 'ask'));
});

test('the answer to a question counts only from the host that was asked', async (t) => {
  const { service, host, owner, create } = await setUp(t);
  const id = await create();
  await host.server(id);
  const other = await connectHost(service, {}, { id: 'elsewhere', name: 'Elsewhere' });
  const asked = call(service, 'GET', `/api/servers/${id}/status?challenge=${newChallenge()}`, { owner });
  const question = await until(() => host.received.find((message) => message.type === 'ask'));
  assert.ok(question.type === 'ask');
  other.send({ type: 'answer', id: question.id, sealed: 'Zm9yZ2Vk' });
  // A report that comes after it on the same connection has been worked off: so has the answer.
  other.hello({ engines: ['container', 'microvm'] });
  await until(async () => {
    const { regions } = (await call(service, 'GET', '/api/regions')).body;
    const region = regions.find((one: { id: string }) => one.id === 'elsewhere');
    return region.engines.length === 2;
  });
  host.send({ type: 'answer', id: question.id, sealed: 'c2VhbGVk' });
  assert.deepEqual((await asked).body, { sealed: 'c2VhbGVk' });
});

test('two control processes: what one is told reaches the host that the other one holds', async (t) => {
  const { service: first, host, owner, create } = await setUp(t);
  const second = await startService(t, database, { databaseUrl: first.databaseUrl, dataDir: first.dataDir });
  const { regions } = (await call(second, 'GET', '/api/regions')).body;
  assert.equal(regions[0].available, true, 'the other process sees that the host is connected');
  const token = await signIn(second, 'second@example.com');
  const made = await createServer(second, { owner, voucher: await voucher(second, token) });
  assert.equal(made.status, 201);
  await host.server(made.id);

  const waiting = call(second, 'GET', `/api/servers/${made.id}?after=1`, { owner });
  host.send({ type: 'stage', server: made.id, stage: 'machine' });
  assert.equal((await waiting).body.stage, 'machine');

  const challenge = newChallenge();
  const asked = call(second, 'GET', `/api/servers/${made.id}/status?challenge=${challenge}`, { owner });
  const question = await until(() => host.received.find((message) => message.type === 'ask'));
  assert.equal(question.type === 'ask' && question.challenge, challenge);
  if (question.type === 'ask') host.send({ type: 'answer', id: question.id, sealed: 'c2VhbGVk' });
  assert.deepEqual((await asked).body, { sealed: 'c2VhbGVk' });

  const [a, b] = [await create(), await create()];
  await host.wants(({ servers }) => [a, b].every((id) => servers.some(({ server }) => server === id)));
  await first.stop();
  await until(async () => !(await call(second, 'GET', '/api/regions')).body.regions[0].available);
});

test('the database connection that carries changes is made again when it is lost', async (t) => {
  const { service, host, create } = await setUp(t);
  await query(
    service.databaseUrl,
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  );
  const available = async () => (await call(service, 'GET', '/api/regions')).body.regions?.[0]?.available === true;
  await until(available);
  // A connection that waited in the pool may still be found dead: the request that finds it fails, and the next one does not.
  const id = await until(() => create().catch(() => undefined));
  await host.server(id);
});
