/** The zone's answers, and what is noted of a question. No sockets. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, type DecodedPacket, decode, encode, type OptAnswer, type PacketOpt } from 'dns-packet';
import { noise } from './noise.ts';
import type { SeenQuery } from './seen.ts';
import { answerTo, type Zone } from './zone.ts';

const zone: Zone = { name: 'canary.example', addresses: ['192.0.2.1', '2001:db8::1', '192.0.2.2'] };

type Reply = DecodedPacket & { rcode: string; opcode: string };
const option = (fields: Partial<OptAnswer> = {}): Answer => ({
  type: 'OPT',
  name: '.',
  udpPayloadSize: 1232,
  extendedRcode: 0,
  ednsVersion: 0,
  flags: 0,
  flag_do: false,
  options: [],
  ...fields,
});
const question = (name: string, type = 'A', additionals: Answer[] = []): Buffer =>
  encode({ type: 'query', id: 77, flags: 0x100, questions: [{ name, type: type as 'A' }], additionals });

function ask(bytes: Buffer, overTcp = false, of = zone): { reply: Reply; seen: Omit<SeenQuery, 'from'> | null } {
  const { reply, seen } = answerTo(of, bytes, overTcp);
  assert.ok(reply);
  return { reply: decode(reply) as Reply, seen };
}
const data = (records: Answer[] | undefined): unknown[] =>
  (records ?? []).map((record) => [
    record.type,
    record.name,
    (record as { ttl?: number }).ttl,
    'data' in record && record.data,
  ]);

test('the apex has SOA and NS, with the addresses of the name server; nothing else', () => {
  const ns = ask(question('canary.example', 'NS')).reply;
  assert.deepEqual(data(ns.answers), [['NS', 'canary.example', 60, 'ns.canary.example']]);
  assert.deepEqual(data(ns.additionals), [
    ['A', 'ns.canary.example', 60, '192.0.2.1'],
    ['AAAA', 'ns.canary.example', 60, '2001:db8::1'],
    ['A', 'ns.canary.example', 60, '192.0.2.2'],
  ]);
  const soa = ask(question('canary.example', 'SOA')).reply;
  assert.equal(soa.answers![0]!.type, 'SOA');
  for (const reply of [ns, soa, ask(question('canary.example')).reply]) {
    assert.ok(reply.flag_aa && reply.flag_qr && reply.flag_rd && !reply.flag_ra && !reply.flag_tc);
    assert.equal(reply.id, 77);
  }
  assert.deepEqual(ask(question('canary.example')).reply.answers, []);
});

test('names below ok and long have addresses at any depth, with their own time to live', () => {
  assert.deepEqual(data(ask(question('x.ok.canary.example')).reply.answers), [
    ['A', 'x.ok.canary.example', 60, '192.0.2.1'],
    ['A', 'x.ok.canary.example', 60, '192.0.2.2'],
  ]);
  assert.deepEqual(data(ask(question('a.b.c.long.canary.example', 'AAAA')).reply.answers), [
    ['AAAA', 'a.b.c.long.canary.example', 604_800, '2001:db8::1'],
  ]);
  assert.equal(data(ask(question('ns.canary.example')).reply.answers).length, 2);
});

test('empty names and other types: no data, with a SOA of 60 seconds', () => {
  for (const [name, type] of [
    ['ok.canary.example', 'A'],
    ['long.canary.example', 'NS'],
    ['gone.canary.example', 'A'],
    ['x.ok.canary.example', 'TXT'],
    ['x.ok.canary.example', 'UNKNOWN_65'],
    ['b.x.ok.canary.example', 'NS'],
  ] as const) {
    const { reply } = ask(question(name, type));
    assert.deepEqual([reply.rcode, reply.answers, reply.flag_aa], ['NOERROR', [], true], name);
    const [soa] = reply.authorities as [Answer & { type: 'SOA' }];
    assert.deepEqual([soa.type, soa.name, soa.ttl, soa.data.minimum], ['SOA', 'canary.example', 60, 60]);
  }
  const four = { ...zone, addresses: ['192.0.2.1'] };
  assert.equal(ask(question('x.ok.canary.example', 'AAAA'), false, four).reply.authorities!.length, 1);
});

test('names below gone and names that nobody has do not exist', () => {
  for (const name of [
    'x.gone.canary.example',
    'a.b.gone.canary.example',
    'foo.canary.example',
    'x.ns.canary.example',
  ]) {
    const { reply } = ask(question(name));
    assert.deepEqual([reply.rcode, reply.flag_aa], ['NXDOMAIN', true], name);
    assert.equal((reply.authorities![0] as { ttl: number }).ttl, 60);
  }
});

test('other zones are refused and not noted, also one that ends alike', () => {
  for (const name of ['example', 'other.example', 'xcanary.example', 'canary.example.org', '.']) {
    const { reply, seen } = ask(question(name));
    assert.deepEqual([reply.rcode, reply.flag_aa, seen], ['REFUSED', false, null], name);
  }
  for (const type of ['AXFR', 'IXFR']) assert.equal(ask(question('canary.example', type)).reply.rcode, 'REFUSED');
});

test('the case of the question comes back, and is lower in what is noted', () => {
  const { reply, seen } = ask(question('xQ.oK.CaNary.exAmple'));
  assert.equal(reply.questions![0]!.name, 'xQ.oK.CaNary.exAmple');
  assert.equal(reply.answers![0]!.name, 'xQ.oK.CaNary.exAmple');
  assert.deepEqual(seen, {
    name: 'xq.ok.canary.example',
    type: 'A',
    overTcp: false,
    clientSubnet: null,
    dnssecOk: false,
  });
  assert.equal(ask(question('x.ok.canary.example', 'UNKNOWN_65'), true).seen!.type, 'TYPE65');
});

test('EDNS: OPT only for who sent one, DO comes back, another version is refused', () => {
  assert.equal(ask(question('x.ok.canary.example')).reply.additionals!.length, 0);
  const { reply, seen } = ask(question('x.ok.canary.example', 'A', [option({ flags: 0x8000, flag_do: true })]));
  const [opt] = reply.additionals as [OptAnswer];
  assert.deepEqual([opt.type, opt.udpPayloadSize, opt.flag_do], ['OPT', 1232, true]);
  assert.equal(seen!.dnssecOk, true);
  const [bad] = ask(question('x.ok.canary.example', 'A', [option({ ednsVersion: 1 })])).reply.additionals as [
    OptAnswer,
  ];
  assert.equal(bad.extendedRcode, 1);
  assert.equal(ask(question('x.ok.canary.example', 'A', [option(), option()])).reply.rcode, 'FORMERR');
});

test('a client subnet is noted; one that is none is an error', () => {
  const subnet = (data: number[]): Buffer =>
    question('x.ok.canary.example', 'A', [option({ options: [{ code: 8, data: Buffer.from(data) } as PacketOpt] })]);
  for (const [bytes, text] of [
    [[0, 1, 24, 0, 198, 51, 100], '198.51.100.0/24'],
    [[0, 1, 32, 0, 198, 51, 100, 7], '198.51.100.7/32'],
    [[0, 2, 56, 0, 0x20, 1, 0xd, 0xb8, 0, 0xc, 1], '2001:db8:c:100::/56'],
    [[0, 1, 0, 0], '0.0.0.0/0'],
    [[0, 0, 0, 0], '0.0.0.0/0'],
  ] as const)
    assert.equal(ask(subnet([...bytes])).seen!.clientSubnet, text);
  for (const bytes of [
    [0, 1],
    [0, 1, 33, 0, 1, 2, 3, 4],
    [0, 3, 8, 0, 1],
    [0, 1, 24, 0, 1, 2, 3, 4, 5],
  ]) {
    const { reply, seen } = ask(subnet(bytes));
    assert.deepEqual([reply.rcode, seen], ['FORMERR', null], String(bytes));
  }
});

test('an answer that is too long for UDP is cut short, and whole over TCP', () => {
  const many = { ...zone, addresses: Array.from({ length: 16 }, (_, index) => `2001:db8::${index + 1}`) };
  const bytes = question(`${'x'.repeat(60)}.${'y'.repeat(60)}.ok.canary.example`, 'AAAA');
  const udp = ask(bytes, false, many).reply;
  assert.deepEqual([udp.flag_tc, udp.answers], [true, []]);
  const tcp = ask(bytes, true, many).reply;
  assert.deepEqual([tcp.flag_tc, tcp.answers!.length], [false, 16]);
});

test('answers get no answer; what is no question for us gets the right error', () => {
  assert.equal(answerTo(zone, encode({ type: 'response', id: 1, questions: [] }), false).reply, null);
  assert.equal(answerTo(zone, Buffer.alloc(11), false).reply, null);
  const edit = (change: (bytes: Buffer) => void): string => {
    const bytes = question('x.ok.canary.example');
    change(bytes);
    const { reply, seen } = ask(bytes);
    assert.equal(seen, null);
    assert.equal(reply.id, 77);
    return reply.rcode;
  };
  assert.equal(
    edit((bytes) => bytes.writeUInt8(0x28, 2)),
    'NOTIMP',
    'an UPDATE',
  );
  assert.equal(
    edit((bytes) => bytes.writeUInt16BE(2, 4)),
    'FORMERR',
    'two questions, one there',
  );
  assert.equal(
    edit((bytes) => bytes.writeUInt16BE(65_535, 10)),
    'FORMERR',
    'as many records as can be said',
  );
  assert.equal(
    edit((bytes) => bytes.writeUInt16BE(3, bytes.length - 2)),
    'REFUSED',
    'class CHAOS',
  );
  assert.equal(
    edit((bytes) => bytes.writeUInt8(0x2e, 15)),
    'FORMERR',
    'a dot within a label',
  );
  assert.equal(
    edit((bytes) => bytes.writeUInt8(0xff, 13)),
    'FORMERR',
    'no ASCII',
  );
  assert.equal(
    edit((bytes) => bytes.writeUInt16BE(0xc00c, 12)),
    'FORMERR',
    'a name that is itself',
  );
});

test('20,000 damaged and random packets: an answer or silence each, never an error, always a proper message', () => {
  const { below, bytes } = noise(11);
  const seeds = [
    question('x.ok.canary.example', 'A', [
      option({
        options: [{ code: 8, data: Buffer.from([0, 1, 24, 0, 198, 51, 100]) } as PacketOpt, { code: 12, length: 20 }],
      }),
    ]),
    question('a.b.c.long.canary.example', 'AAAA', [option({ flags: 0x8000 })]),
    question('canary.example', 'NS'),
    encode({
      type: 'query',
      id: 1,
      questions: [{ name: 'canary.example', type: 'A' }],
      additionals: [{ type: 'NSEC', name: 'x', data: { nextDomain: 'y', rrtypes: ['A'] } }],
    }),
  ];
  let answered = 0;
  for (let round = 0; round < 20_000; round += 1) {
    let packet: Buffer;
    if (round % 4 === 3) packet = bytes(below(200));
    else {
      packet = Buffer.from(seeds[below(seeds.length)]!);
      for (let left = below(4); left > 0; left -= 1)
        packet[below(packet.length)] = [0xc0, 0x0c, 0, 255, below(256)][below(5)]!;
      if (below(4) === 0) packet = packet.subarray(0, below(packet.length));
    }
    const { reply, seen } = answerTo(zone, packet, round % 2 === 0);
    if (seen) assert.ok(seen.name.length <= 253 && seen.name.endsWith('canary.example'));
    if (!reply) continue;
    assert.ok(decode(reply).flag_qr);
    assert.equal(reply.readUInt16BE(0), packet.readUInt16BE(0));
    answered += 1;
  }
  assert.ok(answered > 10_000, String(answered));
});
