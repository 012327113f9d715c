import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { formatSignatureLine, parseNote, parseVkey } from '@lethe/tlog';
import { newSigner, TestLog } from '../tests/support/test-log.ts';
import { assertCosigned, start, tempDir } from '../tests/support/witnesses.ts';
import { askWitness, type FetchLike } from './client.ts';

const log = await TestLog.create('log.example', 20);

describe('a witness', () => {
  test('gives a line, or the size to prove from', async (t) => {
    const { url, vkey } = await start(t, tempDir(t), [log]);
    const question = await log.question(0, 7);
    const answer = await askWitness(`${url}/`, { ...question, key: parseVkey(vkey) });
    assert.ok('line' in answer);
    await assertCosigned(parseNote(question.checkpoint).text, formatSignatureLine(answer.line), vkey);
    assert.deepEqual(await askWitness(url, await log.question(0, 12)), { conflict: 7 });
    assert.ok('line' in (await askWitness(url, await log.question(7, 12))));
  });

  test('refuses with a code', async (t) => {
    const { url } = await start(t, tempDir(t), [log]);
    await askWitness(url, await log.question(0, 7));
    const other = await TestLog.create('other.example', 3);
    await assert.rejects(askWitness(url, await other.question(0)), { code: 'unknown_log' });
    const checkpoint = await log.checkpoint(8, { signer: await newSigner('log.example') });
    await assert.rejects(askWitness(url, { old: 7, proof: [], checkpoint }), { code: 'note_bad_signature' });
    await assert.rejects(askWitness(url, await log.fork(6).grow(4, 'fork').question(7)), { code: 'inconsistent' });
    await assert.rejects(askWitness(url, await log.question(9, 8)), { code: 'bad_request' });
  });
});

/** A server that answers as told; ends with the test. */
async function server(t: TestContext, answer: RequestListener): Promise<string> {
  const one = createServer(answer).listen(0, '127.0.0.1');
  await once(one, 'listening');
  t.after(() => {
    one.closeAllConnections();
    one.close();
  });
  return `http://127.0.0.1:${(one.address() as AddressInfo).port}`;
}

describe('something else than a witness', () => {
  const ask = async (url: string, timeoutMs?: number) => askWitness(url, await log.question(0, 7), fetch, timeoutMs);

  test('no answer in time: none at all, and one that does not end', async (t) => {
    const silent = await server(t, () => {});
    await assert.rejects(ask(silent, 200), { code: 'timeout' });
    const slow = await server(t, (_, response) => response.write('— '));
    await assert.rejects(ask(slow, 200), { code: 'timeout' });
  });

  test('an answer without end', async (t) => {
    let sent = 0;
    const url = await server(t, (_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536))) sent += 65_536;
      };
      response.on('drain', more);
      more();
    });
    await assert.rejects(ask(url), { code: 'too_large' });
    assert.ok(sent < 50_000_000);
  });

  test('nobody there, and someone who sends us elsewhere', async (t) => {
    const real = await start(t, tempDir(t), [log]);
    const elsewhere = { location: `${real.url}/add-checkpoint` };
    const url = await server(t, (_, response) => response.writeHead(307, elsewhere).end());
    await assert.rejects(ask(url), { code: 'unreachable' });
    await assert.rejects(ask('http://127.0.0.1:9'), { code: 'unreachable' });
  });

  const answering =
    (status: number, body: string, type = 'text/plain'): FetchLike =>
    async () =>
      new Response(body, { status, headers: { 'content-type': type } });
  const line = (name: string, id: number, length: number): string =>
    `${formatSignatureLine({ name, id, signature: new Uint8Array(length) })}\n`;

  test('answers in another form', async () => {
    const question = await log.question(0, 7);
    for (const [status, body, type, code] of [
      [200, '', 'text/plain', 'bad_note'],
      [200, 'hello\n', 'text/plain', 'bad_note'],
      [200, line('w', 1, 72).trimEnd(), 'text/plain', 'bad_note'],
      [200, `${line('w', 1, 72)}\n`, 'text/plain', 'bad_note'],
      [200, line('w', 1, 72).repeat(17), 'text/plain', 'bad_note'],
      [200, line('w', 1, 64), 'text/plain', 'bad_note'],
      [409, '7\n', 'text/plain', 'bad_note'],
      [409, '7', 'text/x.tlog.size', 'bad_note'],
      [409, '07\n', 'text/x.tlog.size', 'bad_note'],
      [409, '-7\n', 'text/x.tlog.size', 'bad_note'],
      [409, '9007199254740993\n', 'text/x.tlog.size', 'bad_note'],
      [500, line('w', 1, 72), 'text/plain', 'unreachable'],
      [204, '', 'text/plain', 'unreachable'],
    ] as const) {
      const response: FetchLike =
        status === 204 ? async () => new Response(null, { status }) : answering(status, body, type);
      await assert.rejects(askWitness('http://w', question, response), { code }, `${status} ${body}`);
    }
    const conflict = await askWitness('http://w', question, answering(409, '7\n', 'text/x.tlog.size; charset=utf-8'));
    assert.deepEqual(conflict, { conflict: 7 });
  });

  test('of several lines the one of the key is picked, without a key the first Ed25519 cosignature', async () => {
    const question = await log.question(0, 7);
    const key = { ...(await newSigner('w')).key, type: 4 };
    const all = line('w', 1, 2_428) + line('x', 2, 72) + line('w', key.id, 72);
    const of = async (one: typeof question & { key?: typeof key }, body = all) =>
      askWitness('http://w', one, answering(200, body));
    assert.deepEqual(await of(question), { line: { name: 'x', id: 2, signature: new Uint8Array(72) } });
    assert.deepEqual(await of({ ...question, key }), {
      line: { name: 'w', id: key.id, signature: new Uint8Array(72) },
    });
    await assert.rejects(of({ ...question, key }, line('x', 2, 72)), { code: 'bad_note' });
  });
});
