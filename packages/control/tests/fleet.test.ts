/** The fleet plane over real HTTP: making, showing, changing, renewing and ending servers, with every kind of bad input. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addDays, dayOf, MAX_DEVICES, newChallenge, newServerId, signEnvelope, utf8 } from '@lethe/core';
import { call, createServer, list, newDevice, newOwner, prepare, send, signIn, voucher } from './support/customer.ts';
import { query, testDatabase } from './support/database.ts';
import { connectHost } from './support/host.ts';
import { startService, type TestService, until } from './support/service.ts';

const database = testDatabase();
const DAY = 86_400_000;

/** A service with a connected host and a signed-in customer. */
async function setUp(t: Parameters<typeof startService>[0]) {
  const service = await startService(t, database);
  const host = await connectHost(service);
  const token = await signIn(service, 'fleet@example.com');
  return { service, host, token, owner: await newOwner() };
}

const spent = async (service: TestService) =>
  (await query(service.databaseUrl, 'select 1 from fleet.spent_vouchers')).length;
const servers = (service: TestService) => query(service.databaseUrl, 'select id from fleet.servers');

test('a voucher becomes a server, and the host is told', async (t) => {
  const { service, host, token, owner } = await setUp(t);
  const made = await createServer(service, { owner, voucher: await voucher(service, token) });
  assert.equal(made.status, 201);
  assert.deepEqual(made.body, {
    id: made.id,
    region: 'home',
    engine: 'container',
    state: 'wanted',
    stage: null,
    failure: null,
    endpoints: ['vpn.example:40000', '[2001:db8::1]:40000'],
    nodeKey: null,
    wireguardKey: null,
    counter: null,
    listCounter: 1,
    leaseUntil: addDays(dayOf(Date.now()), 30),
    revision: 1,
  });
  const wanted = await host.server(made.id);
  assert.deepEqual([wanted.engine, wanted.port, wanted.ownerKey], ['container', 40000, owner.ownerKey]);
  assert.match(wanted.enrolmentToken!, /^[\w-]{43}$/);
  assert.deepEqual((await call(service, 'GET', '/api/servers', { owner })).body.servers, [made.body]);
});

test('the same create again finds the same server and spends no second voucher', async (t) => {
  const { service, token, owner } = await setUp(t);
  const first = await voucher(service, token);
  const made = await createServer(service, { owner, voucher: first });
  for (const used of [first, await voucher(service, token), 'nonsense']) {
    const again = await createServer(service, { id: made.id, owner, voucher: used });
    assert.deepEqual([again.status, again.body], [200, made.body]);
  }
  assert.equal(await spent(service), 1);
});

test('ten creates of one server at the same time make one', async (t) => {
  const { service, token, owner } = await setUp(t);
  const [id, used] = [newServerId(), await voucher(service, token)];
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => createServer(service, { id, owner, voucher: used })),
  );
  assert.deepEqual(answers.map(({ status }) => status).toSorted(), [...Array(9).fill(200), 201]);
  assert.deepEqual([(await servers(service)).length, await spent(service)], [1, 1]);
});

test('one voucher at the same time for eight servers makes one', async (t) => {
  const { service, token, owner } = await setUp(t);
  const used = await voucher(service, token);
  const answers = await Promise.all(Array.from({ length: 8 }, () => createServer(service, { owner, voucher: used })));
  assert.equal(answers.filter(({ status }) => status === 201).length, 1);
  assert.equal(answers.filter(({ body }) => body.error?.code === 'voucher_spent').length, 7);
  assert.equal((await servers(service)).length, 1);
});

test('spent, forged, foreign and old vouchers make nothing', async (t) => {
  const { service, token, owner } = await setUp(t);
  const good = await voucher(service, token);
  const elsewhere = await startService(t, database);
  const foreign = await voucher(elsewhere, await signIn(elsewhere, 'x@example.com'));
  const [, nonce, expires, mac] = good.split('.') as [string, string, string, string];
  const otherMac = `${mac.startsWith('A') ? 'B' : 'A'}${mac.slice(1)}`;
  const forged = [
    '',
    'v1',
    foreign,
    `v1.${nonce}.${addDays(expires, 300)}.${mac}`,
    `v1.${nonce}.${expires}.${otherMac}`,
    `${good} `,
  ];
  for (const bad of forged) {
    const { status, body } = await createServer(service, { owner, voucher: bad });
    assert.deepEqual([bad, status, body.error.code], [bad, 403, 'bad_voucher']);
  }
  assert.equal((await createServer(service, { owner, voucher: good })).status, 201);
  const again = await createServer(service, { owner, voucher: good });
  assert.deepEqual([again.status, again.body.error.code], [403, 'voucher_spent']);
  const late = await voucher(service, token);
  service.advance(62 * DAY);
  const { status, body } = await createServer(service, { owner, voucher: late });
  assert.deepEqual([status, body.error.code], [403, 'bad_voucher']);
  assert.deepEqual([(await servers(service)).length, await spent(service)], [1, 1]);
});

test('a region or engine that is not there is named as such, and the voucher stays good', async (t) => {
  const { service, token, owner } = await setUp(t);
  const kept = await voucher(service, token);
  const refused = async (fields: object, status: number, code: string) => {
    const answer = await createServer(service, { owner, voucher: kept, ...fields });
    assert.deepEqual([answer.status, answer.body.error?.code], [status, code]);
  };
  await refused({ region: 'atlantis' }, 422, 'unknown_region');
  await refused({ engine: 'abacus' }, 422, 'unknown_engine');
  await refused({ engine: 'microvm' }, 422, 'unknown_engine');
  assert.deepEqual([await servers(service), await spent(service)], [[], 0]);
  assert.equal((await createServer(service, { owner, voucher: kept, engine: 'container' })).status, 201);
});

test('a region without a connected host or a free port has no room, and the voucher stays good', async (t) => {
  const service = await startService(t, database);
  const token = await signIn(service, 'room@example.com');
  const host = await connectHost(service, { ports: { first: 41000, count: 1 } });
  const owner = await newOwner();
  const available = async () => (await call(service, 'GET', '/api/regions')).body.regions[0].available;
  assert.equal(await available(), true);
  assert.equal((await createServer(service, { owner, voucher: await voucher(service, token) })).status, 201);
  assert.equal(await available(), false);
  const kept = await voucher(service, token);
  const full = await createServer(service, { owner, voucher: kept });
  assert.deepEqual([full.status, full.body.error.code], [503, 'no_capacity']);
  const second = await connectHost(service);
  assert.equal(await available(), true);
  await second.hangUp();
  await host.hangUp();
  await until(async () => !(await available()));
  assert.equal((await createServer(service, { owner, voucher: kept })).body.error.code, 'no_capacity');
  assert.equal(await spent(service), 1);
});

test('servers of one host never share a port', async (t) => {
  const { service, token } = await setUp(t);
  const vouchers = await Promise.all(Array.from({ length: 8 }, () => voucher(service, token)));
  const answers = await Promise.all(
    vouchers.map(async (used) => createServer(service, { owner: await newOwner(), voucher: used })),
  );
  assert.deepEqual(
    answers.map(({ status }) => status),
    Array(8).fill(201),
  );
  assert.equal(new Set(answers.map(({ body }) => body.endpoints[0])).size, 8);
});

test("somebody else's server is as good as none", async (t) => {
  const { service, token, owner } = await setUp(t);
  const { id } = await createServer(service, { owner, voucher: await voucher(service, token) });
  const other = await newOwner();
  const devices = await list(other, id, 2);
  const tries: [string, string, unknown?][] = [
    ['GET', `/api/servers/${id}`],
    ['GET', `/api/servers/${id}?after=1`],
    ['PUT', `/api/servers/${id}/devices`, { devices }],
    ['GET', `/api/servers/${id}/status?challenge=${newChallenge()}`],
    ['POST', `/api/servers/${id}/renewal`, { voucher: await voucher(service, token) }],
    ['DELETE', `/api/servers/${id}`],
    ['PUT', `/api/servers/${id}`, { voucher: await voucher(service, token), region: 'home', engine: 'auto', devices }],
  ];
  for (const [method, path, body] of tries) {
    const answer = await call(service, method, path, { owner: other, body });
    const none = await call(service, method, path.replace(id, newServerId()), { owner: other, body });
    assert.deepEqual([method, path, answer.status, answer.body.error.code], [method, path, 404, 'not_found']);
    if (method !== 'PUT') assert.deepEqual(answer.body, none.body, 'it tells whether the server exists');
  }
  assert.deepEqual((await call(service, 'GET', '/api/servers', { owner: other })).body, { servers: [] });
  assert.equal((await call(service, 'GET', `/api/servers/${id}`, { owner })).body.revision, 1);
  assert.equal(await spent(service), 1);
});

test('a device list must be signed by the owner, for this server, and rise', async (t) => {
  const { service, host, token, owner } = await setUp(t);
  const { id } = await createServer(service, { owner, voucher: await voucher(service, token) });
  const put = (devices: unknown) => call(service, 'PUT', `/api/servers/${id}/devices`, { owner, body: { devices } });
  const second = await list(owner, id, 2, [await newDevice(2)]);
  const accepted = await put(second);
  assert.deepEqual([accepted.status, accepted.body.listCounter, accepted.body.revision], [200, 2, 2]);
  await host.wants(({ servers: wanted }) => wanted[0]?.devices.payload === second.payload);

  const same = await put(second);
  assert.deepEqual([same.status, same.body.revision], [200, 2], 'the same list again is no change');
  const stranger = await newOwner();
  const refusals: [unknown, number, string][] = [
    [await list(owner, id, 1), 409, 'stale_counter'],
    [await list(owner, id, 2), 409, 'stale_counter'],
    [await list(owner, newServerId(), 3), 400, 'bad_device_list'],
    [await list(stranger, id, 3), 401, 'bad_signature'],
    [{ ...(await list(owner, id, 3)), payload: second.payload }, 401, 'bad_signature'],
    [{ ...(await list(owner, id, 3)), signatures: [] }, 400, 'bad_request'],
  ];
  for (const [devices, status, code] of refusals) {
    const { status: got, body } = await put(devices);
    assert.deepEqual([got, body.error.code], [status, code]);
  }
  assert.equal((await call(service, 'GET', `/api/servers/${id}`, { owner })).body.listCounter, 2);
});

test('a list with too many, doubled or impossible devices changes nothing', async (t) => {
  const { service, token, owner } = await setUp(t);
  const { id } = await createServer(service, { owner, voucher: await voucher(service, token) });
  const device = await newDevice(2);
  const many = await Promise.all(Array.from({ length: MAX_DEVICES + 1 }, (_, index) => newDevice(index + 2)));
  // Signed without the owner's own checks, as a broken client would.
  const raw = (devices: unknown) => {
    const text = `{"counter":5,"devices":${JSON.stringify(devices)},"devicesMayTalk":false,"sealTo":"${owner.sealTo}","server":"${id}"}`;
    return signEnvelope('application/vnd.lethe.device-list.v1+json', utf8(text), owner.sign, owner.ownerKey);
  };
  const refusals: [unknown, number, string][] = [
    [many, 409, 'too_many_devices'],
    [[device, { ...device, slot: 3 }], 409, 'duplicate_key'],
    [[device, await newDevice(2)], 409, 'address_taken'],
    [[{ ...device, slot: 1 }], 400, 'bad_address'],
    [[{ ...device, slot: 255 }], 400, 'bad_address'],
    [[{ key: `${'A'.repeat(43)}=`, slot: 2 }], 400, 'bad_public_key'],
    [[{ key: 'short', slot: 2 }], 400, 'bad_public_key'],
    ['none', 400, 'bad_device_list'],
  ];
  for (const [devices, status, code] of refusals) {
    const answer = await call(service, 'PUT', `/api/servers/${id}/devices`, {
      owner,
      body: { devices: await raw(devices) },
    });
    assert.deepEqual([answer.status, answer.body.error.code], [status, code]);
  }
  assert.equal((await call(service, 'GET', `/api/servers/${id}`, { owner })).body.listCounter, 1);
});

test('a request must be signed, by the key that is meant, unchanged, now, and once', async (t) => {
  const { service, token, owner } = await setUp(t);
  const { id } = await createServer(service, { owner, voucher: await voucher(service, token) });
  const path = `/api/servers/${id}`;
  const code = async (answer: ReturnType<typeof call>) => (await answer).body.error?.code;

  assert.equal(await code(call(service, 'GET', path)), 'bad_signature');
  assert.equal(await code(call(service, 'GET', path, { token })), 'bad_signature');
  assert.equal(await code(call(service, 'GET', path, { owner, signedAt: service.now() - 121 })), 'signature_expired');
  assert.equal(await code(call(service, 'GET', path, { owner, signedAt: service.now() + 125 })), 'signature_expired');

  const shown = await prepare(service, 'GET', path, { owner });
  assert.equal((await send(service, shown)).status, 200);
  assert.equal(await code(send(service, shown)), 'replayed');
  const changed = async (change: Partial<typeof shown>) =>
    code(send(service, { ...(await prepare(service, 'GET', path, { owner })), ...change }));
  assert.equal(await changed({ method: 'DELETE' }), 'bad_signature');
  assert.equal(await changed({ path: `${path}?after=1` }), 'bad_signature');
  assert.equal(await changed({ path: '/api/servers' }), 'bad_signature');

  const { headers } = await prepare(service, 'GET', path, { owner });
  const swapped = {
    ...headers,
    signature: headers['signature']!.replace(/:(.)/, (_, c) => `:${c === 'A' ? 'B' : 'A'}`),
  };
  assert.equal(await changed({ headers: swapped }), 'bad_signature');

  const update = await prepare(service, 'PUT', `${path}/devices`, {
    owner,
    body: { devices: await list(owner, id, 2) },
  });
  const other = JSON.stringify({ devices: await list(owner, id, 3) });
  assert.equal(await code(send(service, { ...update, body: other })), 'bad_signature');
  assert.equal((await send(service, update)).status, 200);
  assert.equal((await call(service, 'GET', path, { owner })).body.listCounter, 2);
});

test('a captured request is refused after a restart too', async (t) => {
  const { service, owner } = await setUp(t);
  const captured = await prepare(service, 'GET', '/api/servers', { owner });
  assert.equal((await send(service, captured)).status, 200);
  await service.stop();
  const { databaseUrl, dataDir } = service;
  const next = await startService(t, database, { databaseUrl, dataDir });
  const replayed = await send(next, captured);
  assert.deepEqual([replayed.status, replayed.body.error.code], [401, 'signature_expired']);
  assert.equal((await call(next, 'GET', '/api/servers', { owner })).status, 200);
});

test('a waiting request is answered by the change it waits for', async (t) => {
  const { service, host, token, owner } = await setUp(t);
  const { id } = await createServer(service, { owner, voucher: await voucher(service, token) });
  const waiting = call(service, 'GET', `/api/servers/${id}?after=1`, { owner });
  await host.server(id);
  host.send({ type: 'stage', server: id, stage: 'machine' });
  const { body } = await waiting;
  assert.deepEqual([body.state, body.stage, body.revision], ['starting', 'machine', 2]);
  const passed = await call(service, 'GET', `/api/servers/${id}?after=1`, { owner });
  assert.equal(passed.body.revision, 2, 'a revision that is there already is answered at once');
  const ending = call(service, 'GET', `/api/servers/${id}?after=3`, { owner });
  assert.equal((await call(service, 'DELETE', `/api/servers/${id}`, { owner })).body.revision, 3);
  host.send({ type: 'gone', server: id });
  assert.equal((await ending).status, 404);
  for (const after of ['-1', '1e3', 'x', '99999999999']) {
    assert.equal(
      (await call(service, 'GET', `/api/servers/${id}?after=${after}`, { owner })).body.error.code,
      'bad_request',
    );
  }
});

test('a second voucher makes the lease longer by one period', async (t) => {
  const { service, token, owner } = await setUp(t);
  const made = await createServer(service, { owner, voucher: await voucher(service, token) });
  const renew = async (used: string) =>
    call(service, 'POST', `/api/servers/${made.id}/renewal`, { owner, body: { voucher: used } });
  const used = await voucher(service, token);
  const renewed = await renew(used);
  assert.deepEqual([renewed.status, renewed.body.leaseUntil], [200, addDays(made.body.leaseUntil, 30)]);
  assert.equal((await renew(used)).body.error.code, 'voucher_spent');
  assert.equal((await renew('x')).body.error.code, 'bad_voucher');
  assert.equal(
    (await call(service, 'GET', `/api/servers/${made.id}`, { owner })).body.leaseUntil,
    renewed.body.leaseUntil,
  );
});

test('a server ends when its host says so, and its port is free again', async (t) => {
  const { service, host, token, owner } = await setUp(t);
  const { id } = await createServer(service, { owner, voucher: await voucher(service, token) });
  await host.server(id);
  for (const time of ['first', 'second']) {
    const { status, body } = await call(service, 'DELETE', `/api/servers/${id}`, { owner });
    assert.deepEqual([time, status, body.state, body.revision], [time, 202, 'deleting', 2]);
  }
  await host.wants(({ servers: wanted, gone }) => wanted.length === 0 && gone?.[0] === id);
  const renewal = await call(service, 'POST', `/api/servers/${id}/renewal`, {
    owner,
    body: { voucher: await voucher(service, token) },
  });
  assert.equal(renewal.status, 404);
  assert.equal((await call(service, 'GET', `/api/servers/${id}`, { owner })).body.state, 'deleting');
  host.send({ type: 'stage', server: id, stage: 'ready' });
  host.send({ type: 'gone', server: id });
  await until(async () => (await call(service, 'GET', `/api/servers/${id}`, { owner })).status === 404);
  const next = await createServer(service, { owner, voucher: await voucher(service, token) });
  assert.equal(next.body.endpoints[0], 'vpn.example:40000');
});

test('a server that no host ever heard of ends at once', async (t) => {
  const { service, host, token, owner } = await setUp(t);
  const made = await createServer(service, { owner, voucher: await voucher(service, token) });
  await host.hangUp();
  await query(service.databaseUrl, 'update fleet.servers set handed_over = false');
  const { status, body } = await call(service, 'DELETE', `/api/servers/${made.id}`, { owner });
  assert.deepEqual([status, body.state], [202, 'deleting']);
  assert.equal((await call(service, 'GET', `/api/servers/${made.id}`, { owner })).status, 404);
});

test('a lease that runs out ends the server, one day after its last day', async (t) => {
  const { service, host, token, owner } = await setUp(t);
  const { id, body } = await createServer(service, { owner, voucher: await voucher(service, token) });
  await host.server(id);
  service.advance(Date.parse(body.leaseUntil) - Date.parse(dayOf(service.now() * 1000)));
  await service.control.dailyRound();
  assert.equal((await call(service, 'GET', `/api/servers/${id}`, { owner })).body.state, 'wanted');
  assert.equal(await spent(service), 1);
  service.advance(DAY);
  await service.control.dailyRound();
  assert.equal((await call(service, 'GET', `/api/servers/${id}`, { owner })).body.state, 'deleting');
  await host.wants(({ gone }) => gone?.[0] === id);
  service.advance(62 * DAY);
  await service.control.dailyRound();
  assert.equal(await spent(service), 0, 'what can be forgotten is forgotten');
  assert.equal(
    (await servers(service)).length,
    1,
    'a server that a host may still run is kept until the host says that it is gone',
  );
});
