/** Clients that send anything, slowly, or without end: they get an answer of the list or none, and hold nothing for long. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { concat, utf8 } from '@lethe/core';
import fc from 'fast-check';
import { MAX_BODY } from '../src/request.ts';
import { TestLog } from './support/test-log.ts';
import { getCheckpoint, post, Said, start, tempDir } from './support/witnesses.ts';

const log = await TestLog.create('log.example', 40);
const fork = log.fork(5).grow(35, 'fork');

/** The right bodies for every step between some sizes, of both histories. */
function rightBodies(): Promise<Uint8Array[]> {
  const sizes = [0, 1, 9, 30, 40];
  const steps = sizes.flatMap((old) => sizes.filter((size) => size >= old).map((size) => [old, size] as const));
  return Promise.all(steps.flatMap(([old, size]) => [log.body(old, size), fork.body(old, size)]));
}

/** Bodies near the right ones: bytes changed, cut out, put in, and parts of two bodies joined. */
function nearBodies(good: Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const body = fc.constantFrom(...good);
  const spot = fc.nat(1_000);
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 8 }),
    fc
      .constantFrom('\n', '\n\n', 'old 0', 'old 9\n', ' ', '+', '— ', '0', '9007199254740992', '\u0000', '\r')
      .map(utf8),
  );
  return fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    body,
    fc
      .tuple(body, spot, fc.nat(8), piece)
      .map(([one, at, cut, put]) => concat(one.subarray(0, at), put, one.subarray(at + cut))),
    fc.tuple(body, body, spot, spot).map(([one, two, a, b]) => concat(one.subarray(0, a), two.subarray(b))),
    fc.tuple(body, spot, fc.nat(7)).map(([one, at, bit]) => {
      const bytes = new Uint8Array(one);
      bytes[at % bytes.length]! ^= 1 << bit;
      return bytes;
    }),
  );
}

test('whatever the body is, the answer is one of the list, and one history is cosigned', async (t) => {
  const troubles: string[] = [];
  const { url, vkey } = await start(t, tempDir(t), [log], { onTrouble: (trouble) => troubles.push(trouble) });
  const said = new Said();
  const seen = new Set<number>();
  const ask = async (body: Uint8Array): Promise<void> => {
    const { status, text } = await post(url, body);
    seen.add(status);
    assert.ok([200, 400, 403, 404, 409, 422].includes(status), `status ${status}`);
    assert.ok(text.length < 400);
    if (status === 200) await said.addServed((await getCheckpoint(url, 'log.example')).text, vkey, [log, fork]);
  };
  const good = await rightBodies();
  await fc.assert(fc.asyncProperty(nearBodies(good), ask), { numRuns: 1_500 });
  // In order they lead to the last size from wherever the witness is, where the other history is refused.
  for (const body of good) await ask(body);
  said.assertOneHistory();
  assert.deepEqual(troubles, []);
  assert.deepEqual([...seen].toSorted(), [200, 400, 403, 404, 409, 422], 'an answer was never reached');
});

/** A connection on which everything that comes is collected. */
async function dial(t: TestContext, url: string): Promise<{ socket: Socket; got(): string; ended: Promise<unknown> }> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  t.after(() => socket.destroy());
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
  });
  socket.on('error', () => {});
  const ended = once(socket, 'close').catch(() => {});
  await once(socket, 'connect');
  return { socket, got: () => text, ended };
}

/** Resolves to what came when the connection ends. Fails after a while. */
async function untilEnd({ got, ended }: { got(): string; ended: Promise<unknown> }): Promise<string> {
  const result = await Promise.race([ended.then(() => 'ended'), sleep(10_000, 'open', { ref: false })]);
  assert.equal(result, 'ended', 'the connection stayed open');
  return got();
}

const head = (length: number | string): string =>
  `POST /add-checkpoint HTTP/1.1\r\nhost: w\r\ncontent-length: ${length}\r\n\r\n`;

describe('a slow client is dropped', () => {
  const limits = { headersMs: 300, requestMs: 600, idleMs: 1_000, keepAliveMs: 400 };

  test('that sends no request, half a header, or half a body', async (t) => {
    const { url } = await start(t, tempDir(t), [log], { limits });
    for (const [sent, answer] of [
      ['', /^(HTTP\/1.1 408 .*)?$/s],
      ['POST /add-checkpoint HTTP/1.1\r\nho', /^HTTP\/1\.1 408 /],
      [`${head(300)}old 0\n`, /^HTTP\/1\.1 408 /],
    ] as const) {
      const client = await dial(t, url);
      client.socket.write(sent);
      assert.match(await untilEnd(client), answer);
    }
  });

  test('that sends a byte now and then', async (t) => {
    const { url } = await start(t, tempDir(t), [log], { limits });
    const client = await dial(t, url);
    client.socket.write(head(300));
    const drip = setInterval(() => client.socket.write('o'), 100);
    t.after(() => clearInterval(drip));
    assert.match(await untilEnd(client), /^HTTP\/1\.1 408 /);
  });

  test('that asks once and keeps the connection', async (t) => {
    const { url } = await start(t, tempDir(t), [log], { limits });
    const client = await dial(t, url);
    client.socket.write(`${head(1)}x${head(1)}x`);
    const text = await untilEnd(client);
    assert.equal(text.match(/HTTP\/1\.1 400 /g)?.length, 2, 'one connection serves several requests');
  });
});

describe('a client cannot make the witness hold much', () => {
  test('a body that is too long, announced or not', async (t) => {
    const { url } = await start(t, tempDir(t), [log]);
    const announced = await dial(t, url);
    announced.socket.write(head(MAX_BODY + 1));
    assert.match(await untilEnd(announced), /^HTTP\/1\.1 400 .*too long/s);
    const chunked = await dial(t, url);
    chunked.socket.write('POST /add-checkpoint HTTP/1.1\r\nhost: w\r\ntransfer-encoding: chunked\r\n\r\n');
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
    chunked.socket.write(chunk.repeat(2));
    assert.match(await untilEnd(chunked), /^HTTP\/1\.1 400 .*too long/s);
    assert.equal((await post(url, 'x'.repeat(MAX_BODY))).status, 400);
    assert.equal((await post(url, await log.body(0, 1))).status, 200);
  });

  test('headers that are too large, and bytes that are not HTTP', async (t) => {
    const { url } = await start(t, tempDir(t), [log]);
    const large = await dial(t, url);
    large.socket.write(`GET / HTTP/1.1\r\nhost: w\r\nx: ${'x'.repeat(10_000)}\r\n\r\n`);
    assert.match(await untilEnd(large), /^HTTP\/1\.1 431 /);
    for (const bytes of ['\u0016\u0003\u0001 hello', 'GET / HTTP/9\r\n\r\n', head('-1'), head('1x')]) {
      const client = await dial(t, url);
      client.socket.write(bytes);
      assert.match(await untilEnd(client), /^HTTP\/1\.1 400 /);
    }
  });

  test('more connections than there may be', async (t) => {
    const { url } = await start(t, tempDir(t), [log], { limits: { connections: 3 } });
    const open = await Promise.all([dial(t, url), dial(t, url), dial(t, url)]);
    const more = await dial(t, url);
    assert.equal(await untilEnd(more), '');
    for (const { socket } of open) {
      socket.destroy();
      await once(socket, 'close');
    }
    await sleep(50);
    assert.equal((await post(url, await log.body(0, 1))).status, 200);
  });

  test('clients that go away in the middle', async (t) => {
    const { url } = await start(t, tempDir(t), [log]);
    const body = await log.body(0, 7);
    for (let i = 0; i < 20; i += 1) {
      const client = await dial(t, url);
      client.socket.write(head(body.length));
      client.socket.write(body.subarray(0, (i * body.length) / 20));
      client.socket.destroy();
    }
    assert.equal((await post(url, body)).status, 200);
  });
});

test('an answer says nothing about who asked, when, or what program answers', async (t) => {
  const { url } = await start(t, tempDir(t), [log]);
  for (const answer of [
    await fetch(`${url}/add-checkpoint`, { method: 'POST', body: await log.body(0, 1) }),
    await fetch(`${url}/add-checkpoint`, { method: 'POST', body: await log.body(5, 6) }),
    await fetch(`${url}/nowhere`),
  ]) {
    const names = [...answer.headers.keys()].toSorted();
    assert.deepEqual(names, [
      'cache-control',
      'connection',
      'content-length',
      'content-type',
      'keep-alive',
      'x-content-type-options',
    ]);
    await answer.arrayBuffer();
  }
});
