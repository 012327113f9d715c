/** The accounts plane over real HTTP and a real database: sign-in, session, vault, vouchers, closing. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addDays, dayOf } from '@lethe/core';
import { call, codeOf, signIn, voucher } from './support/customer.ts';
import { query, testDatabase } from './support/database.ts';
import { startService, type TestService, until } from './support/service.ts';

const database = testDatabase();
const MINUTE = 60_000;
const DAY = 86_400_000;

const askCode = (service: TestService, email: unknown) =>
  call(service, 'POST', '/api/account/codes', { body: { email } });
const useCode = (service: TestService, email: string, code: string) =>
  call(service, 'POST', '/api/account/sessions', { body: { email, code } });

test('a code by mail opens a session, once', async (t) => {
  const service = await startService(t, database);
  const asked = await askCode(service, 'Ann@Example.com');
  assert.deepEqual([asked.status, asked.body], [202, {}]);
  const code = codeOf(await service.nextMail('ann@example.com'));

  const first = await useCode(service, 'ann@example.com', code);
  assert.equal(first.status, 201);
  assert.match(first.body.token, /^[A-Za-z0-9_-]{43}$/);
  assert.match(first.headers.get('set-cookie')!, /^lethe=[\w-]+; Path=\/; HttpOnly; SameSite=Strict$/);

  const again = await useCode(service, 'ann@example.com', code);
  assert.deepEqual([again.status, again.body.error.code], [401, 'wrong_code']);

  const account = await call(service, 'GET', '/api/account', { token: first.body.token });
  assert.deepEqual(account.body, {
    email: 'ann@example.com',
    plan: { name: 'self-hosted', active: true, serversPerPeriod: 10, issued: 0 },
    createdOn: dayOf(Date.now()),
  });
});

test('nonsense is no e-mail address, and nothing is queued for it', async (t) => {
  const service = await startService(t, database);
  const nonsense = [
    '',
    'ann',
    'ann@',
    '@example.com',
    'ann@localhost',
    'a b@example.com',
    'ann@example.com\r\nBcc: x@y.zz',
  ];
  for (const email of [
    ...nonsense,
    'ann@@example.com',
    'a..b@example.com',
    `${'a'.repeat(65)}@example.com`,
    'ann@ex_mple.com',
  ]) {
    const { status, body } = await askCode(service, email);
    assert.deepEqual([email, status, body.error.code], [email, 400, 'bad_email']);
    assert.ok(email === '' || !body.error.message.includes(email), 'the message repeats the input');
  }
  const { status, body } = await askCode(service, 7);
  assert.deepEqual([status, body.error.code], [400, 'bad_request']);
  assert.deepEqual(await query(service.databaseUrl, "select 1 from accounts_jobs.job where name = 'mail'"), []);
  assert.deepEqual(await query(service.databaseUrl, 'select 1 from accounts.codes'), []);
});

test('the answer to a request for a code does not tell whether there is an account', async (t) => {
  const service = await startService(t, database);
  await signIn(service, 'known@example.com');
  const [known, unknown] = [await askCode(service, 'known@example.com'), await askCode(service, 'new@example.com')];
  const told = ({ status, body, headers }: typeof known) => [status, body, [...headers.keys()].toSorted()];
  assert.deepEqual(told(known), told(unknown));
});

test('a code expires after ten minutes', async (t) => {
  const service = await startService(t, database);
  await askCode(service, 'old@example.com');
  const code = codeOf(await service.nextMail('old@example.com'));
  service.advance(10 * MINUTE);
  const { status, body } = await useCode(service, 'old@example.com', code);
  assert.deepEqual([status, body.error.code], [401, 'code_expired']);
  assert.deepEqual(await query(service.databaseUrl, 'select 1 from accounts.accounts'), []);
});

test('a code nearly ten minutes old is still good', async (t) => {
  const service = await startService(t, database);
  await askCode(service, 'late@example.com');
  const code = codeOf(await service.nextMail('late@example.com'));
  service.advance(9 * MINUTE - 1000);
  assert.equal((await useCode(service, 'late@example.com', code)).status, 201);
});

test('after five wrong tries nobody tries a sixth, not even the right code', async (t) => {
  const service = await startService(t, database);
  await askCode(service, 'guess@example.com');
  const code = codeOf(await service.nextMail('guess@example.com'));
  const wrong = code.startsWith('0000') ? '1111 1111' : '0000 0000';
  for (let tries = 0; tries < 5; tries += 1) {
    assert.equal((await useCode(service, 'guess@example.com', wrong)).body.error.code, 'wrong_code');
  }
  const { status, body } = await useCode(service, 'guess@example.com', code);
  assert.deepEqual([status, body.error.code], [429, 'too_many_requests']);
  service.advance(10 * MINUTE);
  await askCode(service, 'guess@example.com');
  const next = codeOf(await service.nextMail('guess@example.com'));
  assert.equal((await useCode(service, 'guess@example.com', next)).status, 201);
});

test('four wrong tries do not', async (t) => {
  const service = await startService(t, database);
  await askCode(service, 'typo@example.com');
  const code = codeOf(await service.nextMail('typo@example.com'));
  const wrong = code.startsWith('0000') ? '1111 1111' : '0000 0000';
  for (let tries = 0; tries < 4; tries += 1) await useCode(service, 'typo@example.com', wrong);
  assert.equal((await useCode(service, 'typo@example.com', code)).status, 201);
});

test("a code of one address opens nobody else's account, and the first sign-in ends every code of its own", async (t) => {
  const service = await startService(t, database);
  await askCode(service, 'one@example.com');
  const first = codeOf(await service.nextMail('one@example.com'));
  assert.equal((await useCode(service, 'two@example.com', first)).status, 401);
  await askCode(service, 'one@example.com');
  const second = codeOf(await service.nextMail('one@example.com'));
  assert.equal((await useCode(service, 'one@example.com', first)).status, 201);
  assert.equal((await useCode(service, 'one@example.com', second)).status, 401);
});

test('a stranger keeps nobody from signing in: not by asking for codes, not by guessing', async (t) => {
  const service = await startService(t, database);
  const { port } = new URL(service.url);
  // Two requesters: IPv4 and IPv6 loopback are two address prefixes.
  const customer = { ...service, url: `http://127.0.0.1:${port}` };
  const stranger = { ...service, url: `http://[::1]:${port}` };
  const email = 'wanted@example.com';
  for (let asked = 0; asked < 6; asked += 1) await askCode(stranger, email);
  await until(() => service.mails.length === 5);
  service.mails.length = 0;
  await askCode(customer, email);
  const code = codeOf(await service.nextMail(email));
  for (let asked = 0; asked < 3; asked += 1) await askCode(stranger, email);
  const wrong = code.startsWith('0000') ? '1111 1111' : '0000 0000';
  const guesses = [];
  for (let tries = 0; tries < 25; tries += 1) guesses.push((await useCode(stranger, email, wrong)).status);
  assert.deepEqual([...new Set(guesses)], [401, 429]);
  assert.equal((await useCode(customer, email, code)).status, 201);
});

test('wrong tries of many strangers together end a code', async (t) => {
  const service = await startService(t, database);
  const email = 'besieged@example.com';
  await askCode(service, email);
  const code = codeOf(await service.nextMail(email));
  // As if others had left one try.
  await query(service.databaseUrl, 'update accounts.codes set tries_left = 1');
  const wrong = code.startsWith('0000') ? '1111 1111' : '0000 0000';
  assert.equal((await useCode(service, email, wrong)).status, 401);
  assert.equal((await useCode(service, email, code)).body.error.code, 'wrong_code');
});

test('one code is spent by one of many requests at the same time', async (t) => {
  const service = await startService(t, database);
  await askCode(service, 'race@example.com');
  const code = codeOf(await service.nextMail('race@example.com'));
  const answers = await Promise.all(Array.from({ length: 24 }, () => useCode(service, 'race@example.com', code)));
  assert.equal(answers.filter(({ status }) => status === 201).length, 1);
});

test('a mailbox gets five codes in ten minutes, however many are asked for', async (t) => {
  const service = await startService(t, database);
  for (let asked = 0; asked < 8; asked += 1) assert.equal((await askCode(service, 'full@example.com')).status, 202);
  await until(
    async () => (await query(service.databaseUrl, "select 1 from accounts_jobs.job where name = 'mail'")).length === 0,
  );
  assert.equal(service.mails.length, 5);
});

test('a session ends at sign-out, at its end, and is unknown without its token', async (t) => {
  const service = await startService(t, database);
  const token = await signIn(service, 'bye@example.com');
  const other = await signIn(service, 'bye@example.com');
  assert.equal((await call(service, 'DELETE', '/api/account/session', { token })).status, 204);
  for (const gone of [token, undefined, 'x', 'A'.repeat(43)]) {
    const { status, body } = await call(service, 'GET', '/api/account', { token: gone });
    assert.deepEqual([status, body.error.code], [401, 'not_signed_in']);
  }
  assert.equal((await call(service, 'GET', '/api/account', { token: other })).status, 200);
  service.advance(62 * DAY);
  assert.equal((await call(service, 'GET', '/api/account', { token: other })).status, 401);
  await service.control.dailyRound();
  assert.deepEqual(await query(service.databaseUrl, 'select 1 from accounts.sessions'), []);
});

test('the cookie signs in the page, but not a request that comes from another site', async (t) => {
  const service = await startService(t, database);
  const cookie = `lethe=${await signIn(service, 'page@example.com')}`;
  assert.equal(
    (await call(service, 'GET', '/api/account', { headers: { cookie, 'sec-fetch-site': 'same-origin' } })).status,
    200,
  );
  const foreign = { cookie, 'sec-fetch-site': 'cross-site' };
  assert.equal((await call(service, 'DELETE', '/api/account', { headers: foreign })).status, 401);
  assert.equal((await call(service, 'GET', '/api/account', { headers: { cookie } })).status, 200);
});

test('behind TLS the cookie is bound to the host and never travels without TLS', async (t) => {
  const service = await startService(t, database, { publicUrl: 'https://vpn.example' });
  await askCode(service, 'tls@example.com');
  const { headers } = await useCode(service, 'tls@example.com', codeOf(await service.nextMail('tls@example.com')));
  assert.match(headers.get('set-cookie')!, /^__Host-lethe=[\w-]+; Path=\/; HttpOnly; Secure; SameSite=Strict$/);
  assert.match(headers.get('strict-transport-security')!, /max-age=31536000/);
  const taken = await call(service, 'DELETE', '/api/account/session');
  assert.match(taken.headers.get('set-cookie')!, /^__Host-lethe=; .*Path=\/; .*HttpOnly; Secure; SameSite=Strict$/);
});

test('the vault keeps what it is given and refuses to go back', async (t) => {
  const service = await startService(t, database);
  const token = await signIn(service, 'vault@example.com');
  const put = (version: number, ciphertext: string) =>
    call(service, 'PUT', '/api/account/vault', { token, body: { version, ciphertext } });
  const read = async () => (await call(service, 'GET', '/api/account/vault', { token })).body;
  assert.deepEqual(await read(), { version: 0, ciphertext: null });
  assert.deepEqual((await put(1, 'AAAA')).body, { version: 1 });
  for (const version of [1, 3]) assert.equal((await put(version, 'BBBB')).body.error.code, 'stale_counter');
  assert.deepEqual(await read(), { version: 1, ciphertext: 'AAAA' });
  assert.equal((await put(2, 'not base64!')).status, 400);
  assert.equal((await put(2, 'A'.repeat(50_000))).status, 400);
  const racers = await Promise.all([put(2, 'CCCC'), put(2, 'DDDD')]);
  assert.deepEqual(racers.map(({ status }) => status).toSorted(), [200, 409]);
});

test('a period allows ten vouchers, and the next period allows ten more', async (t) => {
  const service = await startService(t, database);
  const token = await signIn(service, 'ten@example.com');
  const ask = () => call(service, 'POST', '/api/account/vouchers', { token, body: {} });
  const answers = await Promise.all(Array.from({ length: 12 }, ask));
  assert.equal(answers.filter(({ status }) => status === 201).length, 10);
  const refused = answers.find(({ status }) => status === 402)!;
  assert.equal(refused.body.error.code, 'no_entitlement');
  assert.ok(refused.body.error.message.includes(addDays(dayOf(Date.now()), 30)), 'it says when to come back');
  assert.equal(new Set(answers.map(({ body }) => body.voucher)).size, 11);
  service.advance(30 * DAY);
  assert.equal((await call(service, 'GET', '/api/account', { token })).body.plan.issued, 0);
  assert.equal((await ask()).status, 201);
  assert.equal((await call(service, 'GET', '/api/account', { token })).body.plan.issued, 1);
});

test('an account without an active plan gets no voucher', async (t) => {
  const service = await startService(t, database);
  const token = await signIn(service, 'ended@example.com');
  await query(service.databaseUrl, 'update accounts.accounts set plan_active = false');
  const { status, body } = await call(service, 'POST', '/api/account/vouchers', { token, body: {} });
  assert.deepEqual([status, body.error.code], [402, 'no_entitlement']);
});

test('closing an account deletes everything of it and of nobody else', async (t) => {
  const service = await startService(t, database);
  const token = await signIn(service, 'leave@example.com');
  const stays = await signIn(service, 'stays@example.com');
  await call(service, 'PUT', '/api/account/vault', { token, body: { version: 1, ciphertext: 'AAAA' } });
  await voucher(service, token);
  await askCode(service, 'leave@example.com');
  await service.nextMail('leave@example.com');
  assert.equal((await call(service, 'DELETE', '/api/account', { token })).status, 204);
  assert.equal((await call(service, 'GET', '/api/account', { token })).status, 401);
  assert.deepEqual(await query(service.databaseUrl, 'select email from accounts.accounts'), [
    { email: 'stays@example.com' },
  ]);
  assert.equal((await query(service.databaseUrl, 'select 1 from accounts.sessions')).length, 1);
  assert.deepEqual(await query(service.databaseUrl, 'select 1 from accounts.codes'), []);
  assert.equal((await call(service, 'GET', '/api/account', { token: stays })).status, 200);
});

test('an account closed by two requests at the same time is closed once', async (t) => {
  const service = await startService(t, database);
  const token = await signIn(service, 'twice@example.com');
  const close = () => call(service, 'DELETE', '/api/account', { token });
  const statuses = (await Promise.all(Array.from({ length: 6 }, close))).map(({ status }) => status);
  assert.deepEqual(
    statuses.filter((status) => status !== 401),
    [204],
  );
});

test('a mail that cannot be sent is tried again, and its row holds neither address nor code nor reason', async (t) => {
  let tries = 0;
  let sent: string | undefined;
  const service = await startService(t, database, {
    onMail: async (mail) => {
      tries += 1;
      if (tries === 1) throw new Error(`mailbox of ${mail.to} is away`);
      sent = codeOf(mail);
    },
  });
  await askCode(service, 'away@example.com');
  await until(() => tries === 1);
  const rows = await query(service.databaseUrl, "select * from accounts_jobs.job where name = 'mail'");
  assert.equal(rows.length, 1);
  assert.ok(!/away@example|mailbox|\d{4} \d{4}/.test(JSON.stringify(rows)));
  const code = await until(() => sent);
  assert.equal((await useCode(service, 'away@example.com', code)).status, 201);
});

test('after a mail nothing is left in the job table', async (t) => {
  const service = await startService(t, database);
  await signIn(service, 'done@example.com');
  const rows = () => query(service.databaseUrl, "select * from accounts_jobs.job where name = 'mail'");
  await until(async () => (await rows()).length === 0);
});
