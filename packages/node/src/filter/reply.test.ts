import assert from 'node:assert/strict';
import { test } from 'node:test';
import { query, readMessage, TYPES } from '../../tests/filter-messages.ts';
import {
  type Asked,
  BLOCKED_TTL_S,
  REPLY_BYTES,
  type Refusal,
  writeBlocked,
  writeFailure,
  writeRefused,
} from './reply.ts';
import { QueryView, RCODE, READ, readQuery } from './wire.ts';

const view = new QueryView();
function asked(message: Buffer): Asked {
  assert.equal(readQuery(message, view), READ.WELL_FORMED);
  return { id: message.readUInt16BE(0), bytes: message, start: 12, end: view.questionEnd, flags: view.flags };
}
function blocked(message: Buffer, refusal: Refusal) {
  // What an earlier answer left must not show.
  const out = Buffer.alloc(REPLY_BYTES, 0xff);
  return readMessage(out.subarray(0, writeBlocked(out, asked(message), refusal)));
}

test('no such domain, with a short time to live in an SOA of its own', () => {
  const answer = blocked(query('Ads.Example', { id: 0xbeef, checkingDisabled: true }), 'nxdomain');
  assert.equal(answer.id, 0xbeef);
  assert.equal(answer.code, RCODE.NXDOMAIN);
  assert.deepEqual(answer.questions, [{ name: 'Ads.Example', type: TYPES.A, class: 1 }]);
  assert.ok(answer.response && answer.recursionDesired && answer.recursionAvailable && answer.checkingDisabled);
  assert.deepEqual(answer.answers, []);
  const [soa] = answer.authorities;
  assert.deepEqual([soa!.name, soa!.type, soa!.class, soa!.ttl], ['Ads.Example', TYPES.SOA, 1, BLOCKED_TTL_S]);
  assert.equal(soa!.data.readUInt32BE(soa!.data.length - 4), BLOCKED_TTL_S, 'the negative time to live');
  assert.deepEqual(answer.additionals, [], 'EDNS without being asked');
});

test('the address that leads nowhere, for types of addresses alone', () => {
  const ipv4 = blocked(query('ads.example'), 'zero');
  assert.deepEqual(
    ipv4.answers.map(({ data, ttl, type }) => [data.toString('hex'), ttl, type]),
    [['00000000', 10, TYPES.A]],
  );
  const ipv6 = blocked(query('ads.example', { type: TYPES.AAAA }), 'zero');
  assert.deepEqual(
    ipv6.answers.map(({ data }) => data),
    [Buffer.alloc(16)],
  );
  assert.deepEqual([ipv4.code, ipv6.code, ipv4.authorities.length], [RCODE.NOERROR, RCODE.NOERROR, 0]);
  for (const type of [TYPES.TXT, TYPES.HTTPS, 255]) {
    const other = blocked(query('ads.example', { type }), 'zero');
    assert.deepEqual([other.code, other.answers.length, other.authorities.length], [RCODE.NOERROR, 0, 1]);
  }
});

test('EDNS is answered with EDNS, DO as it was, and the reason (RFC 8914)', () => {
  for (const dnssecOk of [false, true]) {
    const answer = blocked(query('ads.example', { edns: { dnssecOk } }), 'nxdomain');
    const [opt] = answer.additionals;
    assert.deepEqual([opt!.name, opt!.type, opt!.class], ['', TYPES.OPT, 1232]);
    assert.equal(opt!.ttl, dnssecOk ? 0x8000 : 0, 'version 0 and DO alone');
    assert.equal(opt!.data.toString('hex'), '000f0002000f');
  }
});

test('the largest question fits, and a failure has no reason', () => {
  const longest = ['a'.repeat(63), 'b'.repeat(63), 'c'.repeat(63), 'd'.repeat(61)].join('.');
  assert.equal(blocked(query(longest, { edns: {} }), 'nxdomain').questions[0]!.name, longest);
  const out = Buffer.alloc(REPLY_BYTES, 0xff);
  const failure = readMessage(
    out.subarray(0, writeFailure(out, asked(query('a.example', { edns: {} })), RCODE.SERVFAIL)),
  );
  assert.deepEqual([failure.code, failure.additionals[0]!.data.length], [RCODE.SERVFAIL, 0]);
});

test('what could not be read is refused with a header alone', () => {
  const out = Buffer.alloc(REPLY_BYTES, 0xff);
  const length = writeRefused(out, Buffer.from('beef2910ffffffffffffffffff', 'hex'), RCODE.NOTIMP);
  assert.equal(out.subarray(0, length).toString('hex'), 'beefa9840000000000000000');
});
