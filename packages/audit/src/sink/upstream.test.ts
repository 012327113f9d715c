/** The judgement over lists made by hand. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Seen, SeenQuery } from './seen.ts';
import { type Asked, upstreamOf } from './upstream.ts';

const FULL = 't1.a1.b1.ok.canary.example';
const asked: Asked = {
  zone: 'canary.example',
  names: [FULL],
  clients: ['198.51.100.7', '2001:db8:c::7', '10.66.0.2'],
  expected: ['203.0.113.9', '2001:DB8:0::9'],
};
const seen = (...queries: (string | Partial<SeenQuery>)[]): Seen => ({
  queries: queries.map((query) => ({
    name: FULL,
    type: 'A',
    from: '203.0.113.9',
    overTcp: false,
    clientSubnet: null,
    dnssecOk: false,
    ...(typeof query === 'string' ? { name: query } : query),
  })),
  hosts: [],
  names: [],
  datagrams: [],
  full: false,
});
const judged = (list: Seen, with_: Partial<Asked> = {}) => {
  const result = upstreamOf(list, { ...asked, ...with_ });
  assert.ok(result.known);
  return result;
};

test('nothing of ours arrived: nothing is known', () => {
  assert.deepEqual(upstreamOf(seen(), asked), { known: false });
  assert.deepEqual(upstreamOf(seen('ok.canary.example', 'xt1.ok.canary.example'), asked), { known: false });
});

test('minimised: a shorter name came first', () => {
  assert.equal(judged(seen('b1.ok.canary.example', 'a1.b1.ok.canary.example', FULL)).minimised, true);
  assert.equal(judged(seen('_.b1.ok.canary.example', FULL)).minimised, true, 'as BIND asks');
});

test('not minimised: the full name came at once, or before a shorter one, or one of two did', () => {
  assert.equal(judged(seen(FULL)).minimised, false);
  assert.equal(judged(seen(FULL, 'b1.ok.canary.example', FULL)).minimised, false);
  const second = 't2.a2.b2.ok.canary.example';
  const both = seen('b1.ok.canary.example', FULL, second);
  assert.equal(judged(both, { names: [FULL, second] }).minimised, false);
});

test('a name that anybody can guess does not make it minimised', () => {
  assert.equal(judged(seen('canary.example', 'ok.canary.example', FULL)).minimised, false);
});

test('unknown: the full name did not arrive, or has nothing between', () => {
  assert.equal(judged(seen('x.t1.canary.example')).minimised, null);
  assert.equal(judged(seen('t3.ok.canary.example'), { names: ['t3.ok.canary.example'] }).minimised, null);
});

test('client subnets: sent, with an address of the client, or empty', () => {
  const subnet = (clientSubnet: string) => {
    const { clientSubnet: sent, clientRevealed } = judged(seen({ clientSubnet }));
    return [sent, clientRevealed];
  };
  assert.deepEqual(subnet('192.0.2.0/24'), [true, false]);
  assert.deepEqual(subnet('198.51.100.0/24'), [true, true]);
  assert.deepEqual(subnet('2001:db8:c::/56'), [true, true]);
  assert.deepEqual(subnet('10.66.0.2/32'), [true, true]);
  assert.deepEqual(subnet('0.0.0.0/0'), [false, false]);
  assert.deepEqual(subnet('::/0'), [false, false]);
  const strangers = seen(FULL, { name: 'foo.ok.canary.example', clientSubnet: '198.51.100.0/24' });
  assert.equal(judged(strangers).clientSubnet, false);
});

test('who asked: how many, and whether one is not expected', () => {
  const one = judged(seen(FULL, { from: '2001:db8::9' }, FULL));
  assert.deepEqual([one.resolvers, one.elsewhere], [2, false]);
  assert.equal(judged(seen(FULL, { from: '203.0.113.10' })).elsewhere, true);
  assert.equal(judged(seen(FULL, { name: 'foo.ok.canary.example', from: '203.0.113.10' })).elsewhere, false);
  assert.equal(judged(seen(FULL), { expected: null }).elsewhere, null);
});

test('a list that was full makes it incomplete', () => {
  assert.equal(judged(seen(FULL)).complete, true);
  assert.equal(judged({ ...seen(FULL), full: true }).complete, false);
});
