/** The sink on loopback: what arrives at its sockets is answered and noted, floods and strangers have limits, and nothing stays open. */

import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { decode, encode, streamEncode } from 'dns-packet';
import { noise } from './noise.ts';
import { MAX_SEEN } from './seen.ts';
import { type Sink, startSink } from './sink.ts';
import { MAX_CONNECTIONS } from './tcp.ts';

const ADDRESSES = ['127.0.0.1', '::1'];
const start = (): Promise<Sink> =>
  startSink({ zone: 'canary.example', addresses: ADDRESSES, dnsPort: 0, httpPort: 0, tlsPort: 0, udpPort: 0 });
const question = (name: string, id = 1) => ({
  type: 'query' as const,
  id,
  questions: [{ name, type: 'A' as const }],
});

/** Sends datagrams and takes as many answers. */
async function exchange(address: string, port: number, datagrams: Uint8Array[], limitMs = 5000): Promise<Buffer[]> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  const answers: Buffer[] = [];
  try {
    for (const datagram of datagrams) {
      const answered = once(socket, 'message', { signal: AbortSignal.timeout(limitMs) });
      socket.send(datagram, port, address);
      answers.push((await answered)[0] as Buffer);
    }
  } finally {
    socket.close();
  }
  return answers;
}

async function opened(address: string, port: number): Promise<Socket> {
  const socket = connect(port, address);
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** All bytes until the other end closes. */
async function rest(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  if (!socket.closed) await once(socket, 'close', { signal: AbortSignal.timeout(10_000) });
  return Buffer.concat(chunks);
}

const get = (address: string, port: number, host: string, path: string, body = ''): Promise<[number, string]> =>
  new Promise((resolve, reject) => {
    const sent = request({ host: address, port, path, method: body ? 'POST' : 'GET', headers: { host } }, (answer) => {
      let text = '';
      answer.on('data', (chunk) => {
        text += chunk;
      });
      answer.on('error', reject).on('end', () => resolve([answer.statusCode!, text]));
    });
    sent.on('error', reject).setTimeout(5000, () => sent.destroy(new Error('no answer')));
    sent.end(body);
  });

test('DNS over UDP on every address, with who asked', async () => {
  await using sink = await start();
  const early = sink.seen();
  for (const address of ADDRESSES) {
    const [answer] = await exchange(address, sink.ports.dns, [encode(question('x.OK.canary.example'))]);
    assert.deepEqual(
      decode(answer!).answers!.map((record) => 'data' in record && record.data),
      ['127.0.0.1'],
    );
    const [refused] = await exchange(address, sink.ports.dns, [encode(question('other.example'))]);
    assert.equal((decode(refused!) as unknown as { rcode: string }).rcode, 'REFUSED');
  }
  const { queries, full } = sink.seen();
  assert.deepEqual(
    queries.map(({ name, from, overTcp }) => [name, from, overTcp]),
    ADDRESSES.map((from) => ['x.ok.canary.example', from, false]),
  );
  assert.equal(full, false);
  sink.forget();
  assert.deepEqual(sink.seen().queries, []);
  assert.deepEqual([early.queries.length, queries.length], [0, 2], 'what was read before is a copy');
});

test('DNS over TCP: several questions on one connection, in pieces', async () => {
  await using sink = await start();
  for (const address of ADDRESSES) {
    const socket = await opened(address, sink.ports.dns);
    const bytes = Buffer.concat([1, 2, 3].map((id) => streamEncode(question(`n${id}.ok.canary.example`, id))));
    let answers = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      answers = Buffer.concat([answers, chunk]);
    });
    socket.setNoDelay(true);
    for (let at = 0; at < bytes.length; at += 7) {
      socket.write(bytes.subarray(at, at + 7));
      await new Promise(setImmediate);
    }
    const ids: number[] = [];
    while (ids.length < 3) {
      if (answers.length < 2 || answers.length < answers.readUInt16BE(0) + 2) {
        await once(socket, 'data', { signal: AbortSignal.timeout(5000) });
        continue;
      }
      const end = answers.readUInt16BE(0) + 2;
      ids.push(decode(answers.subarray(2, end)).id!);
      answers = answers.subarray(end);
    }
    assert.deepEqual(ids, [1, 2, 3]);
    socket.destroy();
  }
  assert.equal(sink.seen().queries.filter(({ overTcp }) => overTcp).length, 6);
});

test('DNS over TCP ends with a message that is too long, one that is none and too many of them', async () => {
  await using sink = await start();
  for (const bytes of [Buffer.of(0xff, 0xff), Buffer.of(0, 3, 1, 2, 3)]) {
    const socket = await opened('127.0.0.1', sink.ports.dns);
    socket.write(bytes);
    assert.equal((await rest(socket)).length, 0);
  }
  const socket = await opened('127.0.0.1', sink.ports.dns);
  const one = streamEncode(question('other.example'));
  socket.write(Buffer.concat(Array.from({ length: 250 }, () => one)));
  assert.ok((await rest(socket)).length <= 200 * one.length);
});

test('more connections than allowed are closed at once, and others later are served', async () => {
  await using sink = await start();
  const sockets = await Promise.all(Array.from({ length: MAX_CONNECTIONS }, () => opened('127.0.0.1', sink.ports.dns)));
  const surplus = connect(sink.ports.dns, '127.0.0.1').on('error', () => {});
  assert.equal((await rest(surplus)).length, 0);
  for (const socket of sockets) {
    assert.equal(socket.closed, false);
    socket.destroy();
  }
});

test('a connection that says nothing is closed', { timeout: 15_000 }, async () => {
  await using sink = await start();
  const ports = [sink.ports.dns, sink.ports.tls, sink.ports.http];
  const sockets = await Promise.all(ports.map((port) => opened('127.0.0.1', port)));
  await Promise.all(sockets.map(rest));
});

test('10,000 damaged and random packets at the socket: the next question is answered', async () => {
  await using sink = await start();
  const { below, bytes } = noise(3);
  const good = encode(question('x.ok.canary.example'));
  const socket = createSocket('udp4');
  for (let round = 0; round < 10_000; round += 1) {
    const packet = round % 2 ? bytes(1 + below(100)) : Buffer.from(good);
    if (round % 2 === 0) packet.writeUInt16BE(0xc000 | below(40), 12 + below(packet.length - 14));
    await new Promise((resolve) => socket.send(packet, sink.ports.dns, '127.0.0.1', resolve));
    // The sink runs in this process: it needs its turn, or the packets are lost before it.
    if (round % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  socket.close();
  await new Promise((resolve) => setTimeout(resolve, 50));
  const [answer] = await exchange('127.0.0.1', sink.ports.dns, [good]);
  assert.equal(decode(answer!).answers!.length, 1);
});

test('HTTP: one answer for all, host and path noted and cut short', async () => {
  await using sink = await start();
  const { http } = sink.ports;
  assert.deepEqual(await get('127.0.0.1', http, 'Quax7.ok.canary.example', '/a?b=c'), [200, 'ok\n']);
  assert.deepEqual(await get('::1', http, 'x', `/${'p'.repeat(2000)}`, 'a body'), [200, 'ok\n']);
  await assert.rejects(get('127.0.0.1', http, 'y', '/long', 'z'.repeat(200_000)));
  assert.deepEqual(sink.seen().hosts.slice(0, 2), [
    { host: 'Quax7.ok.canary.example', path: '/a?b=c', from: '127.0.0.1' },
    { host: 'x', path: `/${'p'.repeat(255)}`, from: '::1' },
  ]);
});

test('HTTP: headers without end and other protocols are closed without an answer', async () => {
  await using sink = await start();
  for (const text of [`GET / HTTP/1.1\r\nx: ${'y'.repeat(10_000)}`, '\x16\x03\x01\x02\x00\x01']) {
    const socket = await opened('127.0.0.1', sink.ports.http);
    socket.write(text, 'latin1');
    assert.equal((await rest(socket)).length, 0);
  }
  assert.deepEqual(sink.seen().hosts, []);
});

test('TLS: the name is noted and the client gets a fatal alert', async () => {
  await using sink = await start();
  for (const host of ADDRESSES) {
    const client = connectTls({ host, port: sink.ports.tls, servername: 'quax7.ok.canary.example' });
    const [error] = (await once(client, 'error', { signal: AbortSignal.timeout(5000) })) as [NodeJS.ErrnoException];
    assert.match(String(error.code), /HANDSHAKE_FAILURE/);
  }
  const socket = await opened('127.0.0.1', sink.ports.tls);
  socket.write('GET / HTTP/1.1\r\n\r\n');
  assert.deepEqual([...(await rest(socket))].slice(0, 1), [21]);
  const name = 'quax7.ok.canary.example';
  assert.deepEqual(
    sink.seen().names,
    ADDRESSES.map((from) => ({ name, from })),
  );
});

test('UDP: a datagram comes back as it went; the first 256 bytes are noted', async () => {
  await using sink = await start();
  const long = Buffer.alloc(1000, 0xe9);
  for (const address of ADDRESSES) {
    const back = await exchange(address, sink.ports.udp, [Buffer.from('quax7'), long]);
    assert.deepEqual(back, [Buffer.from('quax7'), long]);
  }
  assert.deepEqual(
    sink
      .seen()
      .datagrams.map(({ text }) => text)
      .slice(0, 2),
    ['quax7', 'é'.repeat(256)],
  );
});

test('UDP: nothing goes to the ports of services, where a false sender may have it go round', async (t) => {
  await using sink = await start();
  const socket = createSocket('udp4');
  try {
    const bound = once(socket, 'listening');
    socket.bind(1023, '127.0.0.1');
    await bound;
  } catch {
    socket.close();
    return t.skip('port 1023 cannot be opened');
  }
  let back = 0;
  socket.on('message', () => {
    back += 1;
  });
  socket.send('x', sink.ports.udp, '127.0.0.1');
  for (let left = 200; left > 0 && sink.seen().datagrams.length === 0; left -= 1)
    await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(sink.seen().datagrams.length, 1);
  await exchange('127.0.0.1', sink.ports.udp, [Buffer.from('later')]);
  socket.close();
  assert.equal(back, 0);
});

test('lists are full at their limit: it is said, no more is noted, and no more is sent back', async () => {
  await using sink = await start();
  const socket = createSocket('udp4');
  for (let count = 0; sink.seen().datagrams.length < MAX_SEEN; count += 500) {
    assert.ok(count < 10 * MAX_SEEN);
    const sent = Array.from({ length: 500 }, () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      socket.send('x', sink.ports.udp, '127.0.0.1', () => resolve());
      return promise;
    });
    await Promise.all(sent);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  socket.close();
  await assert.rejects(exchange('127.0.0.1', sink.ports.udp, [Buffer.from('y')], 500));
  assert.deepEqual([sink.seen().datagrams.length, sink.seen().full], [MAX_SEEN, true]);
  sink.forget();
  await exchange('127.0.0.1', sink.ports.udp, [Buffer.from('y')]);
  assert.deepEqual([sink.seen().datagrams.length, sink.seen().full], [1, false]);
});

test('a port in use is said in words, and nothing stays open', async () => {
  const holder = createServer().listen(0, '::1');
  await once(holder, 'listening');
  const { port } = holder.address() as { port: number };
  const held = { zone: 'canary.example', addresses: ADDRESSES, httpPort: 0, udpPort: 0, dnsPort: 0, tlsPort: port };
  await assert.rejects(startSink(held), {
    code: 'port_in_use',
    message: `Port ${port} for TLS is in use. Nothing was started. Stop what listens there, or choose another port.`,
  });
  holder.close();
  await once(holder, 'close');
  await using sink = await startSink(held);
  await assert.rejects(startSink({ ...held, tlsPort: 0, dnsPort: sink.ports.dns }), { code: 'port_in_use' });
});

test('options that make no sense are refused', async () => {
  const good = { zone: 'canary.example', addresses: ['127.0.0.1'], dnsPort: 0, httpPort: 0, tlsPort: 0 };
  for (const bad of [
    { zone: 'Canary.example' },
    { zone: 'canary.example.' },
    { zone: 'example' },
    { zone: '' },
    { addresses: [] },
    { addresses: ['0.0.0.0'] },
    { addresses: ['0:0::0'] },
    { addresses: ['::ffff:127.0.0.1'] },
    { addresses: ['127.0.0.1', '127.0.0.1'] },
    { addresses: ['localhost'] },
    { addresses: ['192.0.2.77'] },
    { udpPort: 70_000 },
  ])
    await assert.rejects(startSink({ ...good, ...bad }), { code: 'bad_request' }, JSON.stringify(bad));
});

test('disposing closes connections and ports, and forgets', async () => {
  const sink = await start();
  const { dns, http, tls, udp } = sink.ports;
  await exchange('127.0.0.1', udp, [Buffer.from('x')]);
  const sockets = await Promise.all([dns, http, tls].map((port) => opened('127.0.0.1', port)));
  const closed = Promise.all(sockets.map(rest));
  await sink[Symbol.asyncDispose]();
  await closed;
  assert.deepEqual(sink.seen().datagrams, []);
  for (const port of [dns, http, tls]) await assert.rejects(opened('127.0.0.1', port), { code: 'ECONNREFUSED' });
  await using again = await startSink({
    zone: 'canary.example',
    addresses: ADDRESSES,
    dnsPort: dns,
    httpPort: http,
    tlsPort: tls,
    udpPort: udp,
  });
  assert.deepEqual(again.ports, sink.ports);
  await sink[Symbol.asyncDispose]();
});
