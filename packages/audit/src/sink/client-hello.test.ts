/** Names are read from hellos as clients send them, in any pieces; bytes that are none are no name and no harm. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { connect } from 'node:tls';
import { clientHelloName, readClientHello } from './client-hello.ts';
import { noise } from './noise.ts';

/** What OpenSSL sends first. */
async function helloOf(servername: string | undefined, maxVersion: 'TLSv1.2' | 'TLSv1.3'): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  const { port } = server.address() as { port: number };
  const client = connect({ port, host: '127.0.0.1', maxVersion, ...(servername === undefined ? {} : { servername }) });
  client.on('error', () => {});
  const [socket] = await accepted;
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  client.destroy();
  socket.destroy();
  server.close();
  return bytes;
}

const record = (content: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from([22, 3, 1, content.length >> 8, content.length & 255]), content]);

test('the name of a real hello, of TLS 1.2 and 1.3, in lower case; a hello without a name has none', async () => {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    assert.equal(clientHelloName(await helloOf('Quax7.Ok.canary.example', version)), 'quax7.ok.canary.example');
    assert.deepEqual(readClientHello(await helloOf(undefined, version)), { state: 'whole', name: null });
  }
});

test('any start of a hello needs more; a hello in two records is put together; too many records are none', async () => {
  const bytes = await helloOf('quax7.example', 'TLSv1.3');
  for (let length = 0; length < bytes.length; length += 1)
    assert.deepEqual(readClientHello(bytes.subarray(0, length)), { state: 'more' }, String(length));
  const message = bytes.subarray(5);
  for (const at of [1, 3, 4, 5, 100, message.length - 1]) {
    const two = Buffer.concat([record(message.subarray(0, at)), record(message.subarray(at))]);
    assert.equal(clientHelloName(two), 'quax7.example', String(at));
  }
  const many = Buffer.concat([...message].map((byte) => record(Buffer.of(byte))));
  assert.deepEqual(readClientHello(many), { state: 'bad' });
  assert.deepEqual(readClientHello(record(Buffer.alloc(0))), { state: 'bad' });
});

test('other protocols, lengths that lie and names that are none', async () => {
  const bad = { state: 'bad' };
  assert.deepEqual(readClientHello(Buffer.from('GET / HTTP/1.1\r\n')), bad);
  assert.deepEqual(readClientHello(Buffer.from('SSH-2.0-x\r\n')), bad);
  assert.deepEqual(readClientHello(record(Buffer.from([2, 0, 0, 0]))), bad, 'a ServerHello');
  assert.deepEqual(readClientHello(record(Buffer.from([1, 255, 255, 255]))), bad, '16 MiB');
  const bytes = await helloOf('quax7.example', 'TLSv1.3');
  const at = bytes.indexOf('quax7.example');
  const lies = Buffer.from(bytes);
  lies.writeUInt16BE(60_000, at - 2);
  assert.deepEqual(readClientHello(lies), bad);
  const binary = Buffer.from(bytes);
  binary[at + 2] = 0;
  assert.equal(clientHelloName(binary), null);
});

test('20,000 damaged hellos and 5,000 random ones: an answer each, never an error', async () => {
  const { below, bytes } = noise(7);
  const good = await helloOf('quax7.example', 'TLSv1.3');
  const states = new Set<string>();
  for (let round = 0; round < 20_000; round += 1) {
    const damaged = Buffer.from(good.subarray(0, below(8) === 0 ? below(good.length) : good.length));
    for (let left = 1 + below(4); left > 0 && damaged.length > 0; left -= 1)
      damaged[below(damaged.length)] = below(256);
    states.add(readClientHello(damaged).state);
  }
  for (let round = 0; round < 5000; round += 1) {
    readClientHello(bytes(below(300)));
    readClientHello(record(Buffer.concat([Buffer.of(1, 0, 0), bytes(1 + below(300))])));
  }
  assert.deepEqual([...states].toSorted(), ['bad', 'more', 'whole']);
});
