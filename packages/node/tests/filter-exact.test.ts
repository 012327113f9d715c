/** What the filter does to each byte, between a device and a resolver that the test plays. Loopback only. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, mock, test } from 'node:test';
import { DEFAULT_CHOICES, type FilterChoices } from '@lethe/core/filter';
import fc from 'fast-check';
import { askFilter } from '../src/filter/ask.ts';
import { Filter } from '../src/filter/filter.ts';
import { TURN_MS, WAIT_TURNS } from '../src/filter/turns.ts';
import { answer, query, readMessage, record, TYPES, wireName } from './filter-messages.ts';
import { Device, FakeResolver, framed, onFreePort, Stream } from './filter-peers.ts';
import { until } from './until.ts';

const CHOICES: FilterChoices = { ...DEFAULT_CHOICES, block: ['blocked.example'], allow: ['freed.example'] };
const TO_BLOCKED = record('x.example', TYPES.CNAME, wireName('deep.blocked.example'));
const EDNS = { payload: 4096, dnssecOk: true, options: Buffer.from('000a0008aaaaaaaaaaaaaaaa', 'hex') };

const directory = mkdtempSync(join(tmpdir(), 'lethe-filter-'));
const control = join(directory, 'control.sock');
let resolver: FakeResolver;
let filter: Filter;
let device: Device;

const put = (bytes: Buffer, id: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy.writeUInt16BE(id);
  return copy;
};
const withoutId = (bytes: Buffer): string => bytes.toString('hex', 2);
const write = (choices: FilterChoices): void => writeFileSync(join(directory, 'choices.json'), JSON.stringify(choices));

before(async () => {
  write(CHOICES);
  resolver = await FakeResolver.start();
  // The filter's clock goes on when a test says so.
  mock.timers.enable({ apis: ['setInterval'] });
  const options = {
    listen: [
      { address: '127.0.0.1', port: 0 },
      { address: '::1', port: 0 },
    ],
    upstream: resolver.place,
    directory,
    control,
    sources: ['127.0.0.1/32', '::1/128'],
    user: null,
  };
  filter = await onFreePort(() => Filter.start(options));
  device = await Device.open(filter.addresses()[0]!);
});

after(() => {
  device?.close();
  filter?.close();
  resolver?.close();
  mock.timers.reset();
  rmSync(directory, { recursive: true });
});

/** Sends a query and answers it as the resolver; returns what the device gets. */
async function through(asked: Buffer, reply: (asked: Buffer) => Buffer): Promise<Buffer> {
  device.send(asked);
  const heard = await resolver.next();
  heard.answer(reply(heard.message));
  return device.receive();
}

describe('over UDP', () => {
  test('a query and its answer pass unchanged but for the id, which is drawn anew', async () => {
    const asked = query('Www.Fine.example', { id: 0x0102, checkingDisabled: true, edns: EDNS });
    const ids = new Set<number>();
    for (let turn = 0; turn < 20; turn += 1) {
      device.send(asked);
      const heard = await resolver.next();
      ids.add(heard.message.readUInt16BE());
      assert.equal(withoutId(heard.message), withoutId(asked));
      // Truncated, authentic, with EDNS behind it: nothing of this is the filter's to change.
      const reply = Buffer.concat([
        answer(heard.message, [record('', TYPES.TXT, Buffer.from('\x02hi'))], 0x83b0),
        Buffer.alloc(0),
      ]);
      heard.answer(reply);
      assert.equal((await device.receive()).toString('hex'), put(reply, 0x0102).toString('hex'));
    }
    assert.ok(ids.size > 15, 'ids that repeat');
    assert.equal(filter.udp.waiting.size, 0);
  });

  test('over IPv6 too, and each device gets its own answer', async () => {
    const other = await Device.open(filter.addresses()[1]!);
    try {
      other.send(query('six.example', { id: 7 }));
      device.send(query('four.example', { id: 7 }));
      for (let turn = 0; turn < 2; turn += 1) {
        const heard = await resolver.next();
        heard.answer(answer(heard.message, []));
      }
      assert.equal(readMessage(await other.receive()).questions[0]!.name, 'six.example');
      assert.equal(readMessage(await device.receive()).questions[0]!.name, 'four.example');
    } finally {
      other.close();
    }
  });

  test('a blocked name never reaches the resolver', async () => {
    const blocked = readMessage(await device.ask(query('www.Blocked.example', { id: 9, edns: EDNS })));
    assert.deepEqual([blocked.id, blocked.code], [9, 3]);
    assert.equal(blocked.additionals[0]!.data.toString('hex'), '000f0002000f');
    assert.equal(resolver.unread, 0);
  });

  test('an answer with a forged id, question or port is not taken', async () => {
    device.send(query('real.example', { id: 1 }));
    const { message, from, answer: send } = await resolver.next();
    const good = answer(message, [record('real.example', TYPES.A, Buffer.of(192, 0, 2, 1))]);
    for (let off = 1; off < 300; off += 1) send(put(good, (message.readUInt16BE() + off) & 0xffff));
    send(answer(put(query('evil.example'), message.readUInt16BE()), []));
    send(answer(put(query('Real.example'), message.readUInt16BE()), []));
    send(answer(put(query('real.example', { type: TYPES.AAAA }), message.readUInt16BE()), []));
    send(message);
    send(good.subarray(0, 20));
    const stranger = await Device.open(from);
    stranger.send(answer(message, []));
    send(good);
    assert.equal(
      (await device.receive()).toString('hex'),
      put(good, 1).toString('hex'),
      'the first to arrive is the true one',
    );
    stranger.close();
    // An answer that comes twice belongs to nobody the second time.
    send(good);
    const next = await through(query('next.example', { id: 2 }), (asked) => answer(asked, []));
    assert.equal(readMessage(next).questions[0]!.name, 'next.example');
  });

  test('an alias to a blocked name makes the answer a blocked one, unless the owner allowed what was asked', async () => {
    const blocked = readMessage(await through(query('x.example', { id: 3 }), (asked) => answer(asked, [TO_BLOCKED])));
    assert.deepEqual([blocked.id, blocked.code, blocked.answers.length], [3, 3, 0]);
    const freed = await through(query('x.freed.example', { id: 4 }), (asked) => answer(asked, [TO_BLOCKED]));
    assert.equal(readMessage(freed).answers.length, 1);
    const service = record('x.example', TYPES.HTTPS, Buffer.concat([Buffer.of(0, 0), wireName('blocked.example')]));
    const https = readMessage(
      await through(query('x.example', { type: TYPES.HTTPS }), (asked) => answer(asked, [service])),
    );
    assert.deepEqual(
      [https.code, https.answers.length, https.authorities.length],
      [0, 0, 1],
      'no service, not no name',
    );
  });

  test('an answer that makes no sense becomes SERVFAIL', async () => {
    const broken = await through(query('x.example', { id: 5 }), (asked) => answer(asked, [TO_BLOCKED.subarray(0, -2)]));
    assert.deepEqual([readMessage(broken).id, readMessage(broken).code], [5, 2]);
  });

  test('malformed queries are refused and other operations not known, with nothing sent on', async () => {
    const refused = Buffer.concat([query('a.example', { id: 6 }), Buffer.of(1)]);
    assert.equal((await device.ask(refused)).toString('hex'), '000681810000000000000000');
    const notify = query('a.example', { id: 6 });
    notify[2] = 0x20;
    assert.equal((await device.ask(notify)).toString('hex'), '0006a0840000000000000000');
    assert.equal(resolver.unread, 0);
  });

  test('nobody outside the named networks is answered', async () => {
    const stranger = await Device.open(filter.addresses()[0]!, '127.0.0.2');
    try {
      stranger.send(query('blocked.example'));
      stranger.send(query('fine.example'));
      stranger.send(Buffer.alloc(12));
      // The device's own answer comes after the stranger's would have.
      await device.ask(query('blocked.example'));
      await device.ask(query('blocked.example'));
      const silent = await Promise.race([
        stranger.receive().then(() => false),
        device.ask(query('blocked.example')).then(() => true),
      ]);
      assert.ok(silent);
      assert.equal(resolver.unread, 0);
    } finally {
      stranger.close();
    }
  });

  test('a query without an answer is given up with SERVFAIL, and its name with it', async () => {
    device.send(query('unanswered.example', { id: 8, edns: EDNS }));
    const heard = await resolver.next();
    for (let turn = 1; turn < WAIT_TURNS; turn += 1) filter.tick();
    assert.equal(filter.udp.waiting.size, 1);
    filter.tick();
    const failed = readMessage(await device.receive());
    assert.deepEqual([failed.id, failed.code, failed.questions[0]!.name], [8, 2, 'unanswered.example']);
    assert.ok(filter.udp.waiting.questions.every((byte) => byte === 0));
    assert.ok(filter.udp.clients.every((byte) => byte === 0));
    heard.answer(answer(heard.message, []));
    const next = await through(query('next.example', { id: 10 }), (asked) => answer(asked, []));
    assert.equal(readMessage(next).id, 10);
  });

  test('the clock runs while a query waits, over UDP and TCP, and starts again after it stood still', async () => {
    for (const name of ['first.example', 'second.example']) {
      device.send(query(name, { id: 11 }));
      await resolver.next();
      mock.timers.tick((WAIT_TURNS - 1) * TURN_MS);
      assert.equal(filter.udp.waiting.size, 1, 'not before its time');
      mock.timers.tick(TURN_MS);
      assert.equal(readMessage(await device.receive()).code, 2);
      assert.equal(filter.udp.waiting.size, 0);
      // Nothing waits any more: a clock that stands still does not count this.
      mock.timers.tick(100 * TURN_MS);
    }
    assert.equal(filter.wasBusy(), true);
    assert.equal(filter.wasBusy(), false);
    await device.ask(query('blocked.example'));
    assert.deepEqual([filter.wasBusy(), filter.wasBusy()], [true, false]);
    const stream = await Stream.open(filter.addresses()[0]!);
    try {
      stream.send(query('third.example', { id: 12 }));
      await resolver.next();
      mock.timers.tick(WAIT_TURNS * TURN_MS);
      assert.equal(readMessage(await stream.receive()).code, 2);
    } finally {
      stream.close();
    }
  });

  test('more waiting queries than the table holds push out the oldest', async () => {
    const names: string[] = [];
    const eager = await Device.open(filter.addresses()[0]!);
    resolver.onQuery = ({ message }) => names.push(readMessage(message).questions[0]!.name);
    try {
      for (let sent = 0; sent < 2200; ) {
        for (const end = sent + 50; sent < end; sent += 1) eager.send(query(`n${sent}.example`, { id: sent }));
        await until('the resolver heard them', () => names.length === sent);
      }
      assert.equal(filter.udp.waiting.size, 2048);
      const { waiting } = filter.udp;
      assert.equal(waiting.clientId[waiting.oldest], 2200 - 2048);
    } finally {
      resolver.onQuery = null;
      eager.close();
    }
    for (let turn = 0; turn <= WAIT_TURNS; turn += 1) filter.tick();
    assert.equal(filter.udp.waiting.size, 0);
  });

  test('random and mangled packets reach the resolver only as well-formed queries', async () => {
    const base = query('Www.Fine.example', { edns: EDNS });
    let heard = 0;
    const wrong: string[] = [];
    resolver.onQuery = ({ message, answer: send }) => {
      heard += 1;
      try {
        const read = readMessage(message);
        if (read.response || read.questions.length !== 1 || read.answers.length + read.authorities.length > 0)
          wrong.push(message.toString('hex'));
        // A mangled answer for a mangled query.
        const reply = answer(query('x'), [TO_BLOCKED]);
        message.copy(reply, 0, 0, 2);
        send(heard % 2 === 0 ? reply : message.subarray(0, heard % message.length));
      } catch {
        wrong.push(message.toString('hex'));
      }
    };
    try {
      const mangled = fc
        .array(fc.tuple(fc.nat({ max: base.length - 1 }), fc.nat({ max: 255 })), { maxLength: 3 })
        .map((list) => {
          const copy = Buffer.from(base);
          for (const [at, value] of list) copy[at] = value;
          return copy;
        });
      const cut = fc.tuple(mangled, fc.nat({ max: base.length })).map(([bytes, end]) => bytes.subarray(0, end));
      const random = fc.uint8Array({ maxLength: 5000 }).map((bytes) => Buffer.from(bytes));
      const packets = fc.sample(fc.oneof(mangled, cut, random), 3000);
      const other = await Device.open(filter.addresses()[0]!);
      for (const [index, packet] of packets.entries()) {
        other.send(packet);
        if (index % 50 === 0) await device.ask(query('blocked.example'));
      }
      other.close();
      await device.ask(query('blocked.example'));
    } finally {
      resolver.onQuery = null;
    }
    assert.ok(heard > 100, 'the packets were too wild to test anything');
    assert.deepEqual(wrong, []);
    for (let turn = 0; turn <= WAIT_TURNS; turn += 1) filter.tick();
    assert.equal(filter.udp.waiting.size, 0);
    assert.ok(filter.udp.waiting.questions.every((byte) => byte === 0));
    assert.ok(filter.udp.clients.every((byte) => byte === 0));
  });
});

describe('over TCP', () => {
  test('several queries on one connection, answered out of order, over TCP all the way', async () => {
    const stream = await Stream.open(filter.addresses()[0]!);
    try {
      stream.send(
        query('one.example', { id: 1 }),
        query('blocked.example', { id: 2 }),
        query('three.example', { id: 3 }),
      );
      assert.deepEqual(
        [await stream.receive()].map((bytes) => [readMessage(bytes).id, readMessage(bytes).code]),
        [[2, 3]],
      );
      const heard = [await resolver.next(), await resolver.next()];
      assert.deepEqual(
        heard.map(({ transport }) => transport),
        ['tcp', 'tcp'],
      );
      const large = Array.from({ length: 200 }, () => record('big.example', TYPES.TXT, Buffer.alloc(250, 'x')));
      const byName = new Map(heard.map((entry) => [readMessage(entry.message).questions[0]!.name, entry]));
      const three = byName.get('three.example')!;
      const whole = answer(three.message, large);
      three.answer(whole);
      assert.equal((await stream.receive()).toString('hex'), put(whole, 3).toString('hex'));
      const one = byName.get('one.example')!;
      one.answer(answer(one.message, [TO_BLOCKED]));
      const blocked = readMessage(await stream.receive());
      assert.deepEqual([blocked.id, blocked.code, blocked.answers.length], [1, 3, 0]);
      assert.ok(filter.tcp.waiting.questions.every((byte) => byte === 0));
    } finally {
      stream.close();
    }
  });

  test('a client that has said all it will still gets its answer, byte by byte sent', async () => {
    const stream = await Stream.open(filter.addresses()[1]!);
    try {
      for (const byte of framed(query('slow.example', { id: 4 }))) stream.socket.write(Buffer.of(byte));
      stream.socket.end();
      const heard = await resolver.next();
      heard.answer(answer(heard.message, []));
      assert.equal(readMessage(await stream.receive()).id, 4);
      await stream.ended();
    } finally {
      stream.close();
    }
  });

  test('a resolver that hangs up leaves SERVFAIL, and the next query finds it again', async () => {
    const stream = await Stream.open(filter.addresses()[0]!);
    try {
      stream.send(query('lost.example', { id: 5 }));
      (await resolver.next()).hangUp();
      assert.deepEqual(
        await stream.receive().then((bytes) => [readMessage(bytes).id, readMessage(bytes).code]),
        [5, 2],
      );
      stream.send(query('again.example', { id: 6 }));
      const heard = await resolver.next();
      heard.answer(answer(heard.message, []));
      assert.equal(readMessage(await stream.receive()).code, 0);
    } finally {
      stream.close();
    }
  });

  test('a length that cannot be ends the connection', async () => {
    for (const length of [0, 11, 4097, 65_535]) {
      const stream = await Stream.open(filter.addresses()[0]!);
      stream.socket.write(Buffer.of(length >> 8, length & 255));
      await stream.ended();
      stream.close();
    }
    assert.equal(resolver.unread, 0);
  });

  test('there are never more than 64 connections: the oldest gives way', async () => {
    const streams: Stream[] = [];
    try {
      for (let index = 0; index < 66; index += 1) streams.push(await Stream.open(filter.addresses()[0]!));
      await Promise.all([streams[0]!.ended(), streams[1]!.ended()]);
      streams[65]!.send(query('blocked.example', { id: 11 }));
      streams[2]!.send(query('blocked.example', { id: 12 }));
      assert.equal(readMessage(await streams[65]!.receive()).id, 11);
      assert.equal(readMessage(await streams[2]!.receive()).id, 12);
    } finally {
      for (const stream of streams) stream.close();
    }
  });

  test('a client that floods is answered for everything, a part at a time', async () => {
    const stream = await Stream.open(filter.addresses()[0]!);
    resolver.onQuery = ({ message, answer: send }) => send(answer(message, []));
    try {
      const queries = Array.from({ length: 5000 }, (_, id) => query(`n${id}.example`, { id }));
      stream.send(...queries);
      const ids = new Set<number>();
      for (let left = queries.length; left > 0; left -= 1) {
        const read = readMessage(await stream.receive());
        assert.equal(read.questions[0]!.name, `n${read.id}.example`);
        ids.add(read.id);
      }
      assert.equal(ids.size, queries.length);
    } finally {
      resolver.onQuery = null;
      stream.close();
    }
  });
});

describe('the control socket', () => {
  test('other choices are taken while queries wait, and broken ones leave the old', async () => {
    device.send(query('waits.example', { id: 20 }));
    const heard = await resolver.next();
    write({ ...CHOICES, answer: 'zero', block: ['waits.example'] });
    assert.deepEqual(await askFilter(control, { type: 'load' }), { type: 'loaded' });
    const blocked = readMessage(await device.ask(query('waits.example', { id: 21 })));
    assert.equal(blocked.answers[0]!.data.toString('hex'), '00000000');
    heard.answer(answer(heard.message, []));
    assert.equal(readMessage(await device.receive()).id, 20);
    for (const text of ['{', '{}', JSON.stringify({ ...CHOICES, answer: 'x' })]) {
      writeFileSync(join(directory, 'choices.json'), text);
      assert.deepEqual(await askFilter(control, { type: 'load' }), { type: 'refused' });
    }
    write(CHOICES);
    writeFileSync(join(directory, 'table.bin'), 'no table');
    assert.deepEqual(await askFilter(control, { type: 'load' }), { type: 'refused' });
    assert.equal(readMessage(await device.ask(query('waits.example'))).answers.length, 1);
    rmSync(join(directory, 'table.bin'));
    assert.deepEqual(await askFilter(control, { type: 'load' }), { type: 'loaded' });
    const passes = await through(query('waits.example', { id: 22 }), (asked) => answer(asked, []));
    assert.equal(readMessage(passes).id, 22);
  });

  test('a filter that wakes up as a copy goes on, with ids of its own', async () => {
    assert.deepEqual(await askFilter(control, { type: 'wake' }), { type: 'woken' });
    const passes = await through(query('waits.example', { id: 23 }), (asked) => answer(asked, []));
    assert.equal(readMessage(passes).id, 23);
  });

  test('the total is coarse, and signals are not in it', async () => {
    const total = async (): Promise<number> => {
      const told = await askFilter(control, { type: 'total' });
      return told.type === 'total' ? told.blocked : assert.fail('no total');
    };
    const start = await total();
    assert.ok([0, 10, 100, 1000, 10_000].includes(start));
    for (let turn = 0; turn < 10 * Math.max(10, start); turn += 1) await device.ask(query('mask.icloud.com'));
    assert.equal(await total(), start);
    for (let turn = 0; turn < 9 * Math.max(10, start); turn += 1) await device.ask(query('blocked.example'));
    assert.equal(await total(), Math.max(100, 10 * start));
  });

  test('what is no question of its protocol is refused, and nobody is asked in vain', async () => {
    assert.deepEqual(await askFilter(control, { type: 'names' } as never), { type: 'refused' });
    await assert.rejects(askFilter(join(directory, 'nobody.sock'), { type: 'total' }));
  });
});
