/** The HTTP side: headers, limits, bodies of every wrong kind, the page. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect, createServer as createListener } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { call, createServer, newOwner } from './support/customer.ts';
import { testDatabase } from './support/database.ts';
import { startService, type TestService } from './support/service.ts';

const database = testDatabase();

/** Sends raw bytes and returns the whole answer. */
function raw(service: TestService, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(service.url).port), 'localhost');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
    socket.end(text);
  });
}

test('every answer carries the security headers', async (t) => {
  const service = await startService(t, database);
  for (const path of ['/', '/api/health', '/api/account', '/nothing', '/api/nothing']) {
    const { headers } = await call(service, 'GET', path);
    assert.equal(
      headers.get('content-security-policy'),
      "default-src 'none';script-src 'self';style-src 'self';img-src 'self';font-src 'self';connect-src 'self';manifest-src 'self';base-uri 'none';form-action 'self';frame-ancestors 'none';require-trusted-types-for 'script';trusted-types 'none'",
      path,
    );
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.equal(headers.get('referrer-policy'), 'no-referrer');
    assert.equal(headers.get('server'), null);
    assert.equal(headers.get('strict-transport-security'), null);
    assert.equal(headers.get('cache-control'), path.startsWith('/api') ? 'no-store' : null);
  }
});

test('bodies that are too large, empty, broken or of another kind are refused with a reason', async (t) => {
  const service = await startService(t, database);
  const owner = await newOwner();
  const post = async (
    body: string | null,
    headers: Record<string, string> = { 'content-type': 'application/json' },
  ) => {
    const response = await fetch(`${service.url}/api/account/codes`, { method: 'POST', headers, body });
    return [response.status, ((await response.json()) as { error: { code: string; message: string } }).error] as const;
  };
  const [tooLarge, error] = await post(JSON.stringify({ email: 'x'.repeat(64 * 1024) }));
  assert.deepEqual([tooLarge, error.code], [413, 'too_large']);
  const signed = await createServer(service, { owner, voucher: 'v'.repeat(70_000) });
  assert.deepEqual([signed.status, signed.body.error.code], [413, 'too_large']);
  for (const body of [
    '',
    '{',
    '{"email":"a@b.cc"} x',
    '[]',
    'null',
    '"text"',
    '{"__proto__":{"email":"a@b.cc"}}',
    '{}',
  ]) {
    const [status, refusal] = await post(body);
    assert.deepEqual([body, status, refusal.code], [body, 400, 'bad_request']);
  }
  const [status, kind] = await post('email=ann@example.com', { 'content-type': 'application/x-www-form-urlencoded' });
  assert.deepEqual([status, kind.code], [400, 'bad_request']);
});

test('a refusal names the field and never repeats what was in it', async (t) => {
  const service = await startService(t, database);
  const refusal = async (body: unknown) =>
    (await call(service, 'POST', '/api/account/sessions', { body })).body.error.message;
  assert.equal(await refusal({ email: 'ann@example.com' }), 'The field code is missing. Nothing was changed.');
  assert.equal(
    await refusal({ email: 1, code: 'x' }),
    'The field email should be of type string. Nothing was changed.',
  );
  const long = await refusal({ email: 'ann@example.com', code: 'secret'.repeat(20) });
  assert.equal(long, 'The field code is too long. Nothing was changed.');
  const extra = await refusal({ email: 'ann@example.com', code: '1', tracker: 'secret' });
  assert.equal(extra, 'The body has a field that is not known here. Nothing was changed.');
  const owner = await newOwner();
  const { status, body } = await call(service, 'GET', '/api/servers/not-an-id', { owner });
  assert.deepEqual([status, body.error.code], [400, 'bad_request']);
  assert.ok(!body.error.message.includes('not-an-id'));
});

test('addresses that do not exist are 404, in the same form as every refusal', async (t) => {
  const service = await startService(t, database);
  for (const [method, path] of [
    ['GET', '/api/nothing'],
    ['POST', '/api/account'],
    ['PATCH', '/api/servers/x'],
    ['GET', '/x.js'],
  ]) {
    const { status, body } = await call(service, method!, path!);
    assert.deepEqual([path, status, body.error.code], [path, 404, 'not_found']);
  }
});

test('what is not HTTP is answered without a word about it', async (t) => {
  const service = await startService(t, database);
  assert.equal(
    await raw(service, 'HELLO\r\n\r\n'),
    'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
  );
  const strange = await raw(service, 'GET /%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  assert.match(strange, /^HTTP\/1.1 400 /);
  assert.ok(!strange.includes('%zz'), 'it repeats the address');
});

/** The status of a raw request. */
async function statusOf(service: TestService, method: string, path: string, headers: Record<string, string>) {
  const lines = Object.entries({ connection: 'close', 'content-length': '0', ...headers });
  const answer = await raw(
    service,
    `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`,
  );
  return Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);
}

test('a name that resolves here by somebody else’s doing is not answered', async (t) => {
  const service = await startService(t, database, { publicUrl: 'https://vpn.example' });
  const { port } = new URL(service.url);
  const get = (host: string, path = '/api/health') => statusOf(service, 'GET', path, { host });
  for (const host of ['vpn.example', 'VPN.example', `localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`]) {
    assert.equal(await get(host), 200, host);
  }
  const strange = [
    'rebound.example',
    `rebound.example:${port}`,
    'vpn.example.evil.example',
    'localhost',
    `127.0.0.1:1`,
    '',
  ];
  for (const host of strange) {
    for (const path of ['/', '/api/health', '/api/nothing', '/nothing.js']) {
      assert.equal(await get(host, path), 421, `${host} ${path}`);
    }
  }
});

test('a page of another origin changes nothing', async (t) => {
  const service = await startService(t, database, { publicUrl: 'https://vpn.example' });
  const { port } = new URL(service.url);
  const host = `localhost:${port}`;
  const signOut = (origin: string) => statusOf(service, 'DELETE', '/api/account/session', { host, origin });
  for (const origin of ['https://vpn.example', `http://localhost:${port}`]) assert.equal(await signOut(origin), 204);
  for (const origin of ['https://evil.example', 'http://vpn.example', `https://localhost:${port}`, 'null']) {
    assert.equal(await signOut(origin), 421, origin);
  }
});

test('too many requests are refused for a while, and codes sooner than others', async (t) => {
  const service = await startService(t, database, { limits: { codes: { max: 3, timeWindow: 60_000 } } });
  const ask = () => call(service, 'POST', '/api/account/codes', { body: { email: 'a@example.com' } });
  const answers = [await ask(), await ask(), await ask(), await ask()];
  assert.deepEqual(
    answers.map(({ status }) => status),
    [202, 202, 202, 429],
  );
  assert.equal(answers[3]!.body.error.code, 'too_many_requests');
  assert.equal((await call(service, 'GET', '/api/regions')).status, 200);
});

test('the limit counts every address of the API', async (t) => {
  const service = await startService(t, database, { limits: { all: { max: 5, timeWindow: 60_000 } } });
  const statuses: number[] = [];
  for (let count = 0; count < 6; count += 1) statuses.push((await call(service, 'GET', '/api/health')).status);
  assert.deepEqual(statuses, [200, 200, 200, 200, 200, 429]);
});

test('the page is served, its inner addresses lead to it, and nothing outside its directory is', async (t) => {
  const webRoot = join(database.directory, 'web');
  mkdirSync(join(webRoot, 'assets'), { recursive: true });
  writeFileSync(join(webRoot, 'index.html'), '<!doctype html><title>Lethe</title>');
  writeFileSync(join(webRoot, 'assets/app.js'), 'export {};');
  writeFileSync(join(database.directory, 'outside.txt'), 'outside');
  const service = await startService(t, database, { webRoot });
  for (const path of ['/', '/servers', '/servers/abc']) {
    const { status, body, headers } = await call(service, 'GET', path);
    assert.deepEqual([path, status, body], [path, 200, '<!doctype html><title>Lethe</title>']);
    assert.match(headers.get('content-type')!, /text\/html/);
    assert.equal(headers.get('last-modified'), null);
  }
  const script = await call(service, 'GET', '/assets/app.js');
  assert.match(script.headers.get('content-type')!, /javascript/);
  assert.equal(script.headers.get('cache-control'), 'public, max-age=31536000, immutable');
  for (const path of ['/assets/none.js', '/api/none']) assert.equal((await call(service, 'GET', path)).status, 404);
  for (const path of ['/../outside.txt', '/%2e%2e/outside.txt', '/assets/..%2f..%2foutside.txt']) {
    const answer = await raw(
      service,
      `GET ${path} HTTP/1.1\r\nHost: ${new URL(service.url).host}\r\nConnection: close\r\n\r\n`,
    );
    assert.ok(!answer.endsWith('outside'), path);
  }
});

test('without a built page the start address says how to get one', async (t) => {
  const service = await startService(t, database);
  const { status, body } = await call(service, 'GET', '/');
  assert.equal(status, 200);
  assert.match(body, /lethe up/);
});

test('both loopback addresses answer, and no other', async (t) => {
  const service = await startService(t, database);
  const { port } = new URL(service.url);
  assert.equal((await call({ url: `http://127.0.0.1:${port}`, now: service.now }, 'GET', '/api/health')).status, 200);
  assert.equal((await call({ url: `http://[::1]:${port}`, now: service.now }, 'GET', '/api/health')).status, 200);
  await assert.rejects(call({ url: `http://127.0.0.2:${port}`, now: service.now }, 'GET', '/api/health'));
});

test('a port that is taken is refused, and nothing keeps running', async (t) => {
  const taken = createListener().listen(0, '::1');
  t.after(() => taken.close());
  await once(taken, 'listening');
  const { port } = taken.address() as { port: number };
  await assert.rejects(startService(t, database, { port }), { code: 'port_in_use' });
});
