import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linkAddresses } from '@lethe/core';
import { isLink, linkCommands } from './link.ts';
import { parseHostMessage } from './messages.ts';

const envelope = { payloadType: 't', payload: '', signatures: [{ keyid: '', sig: '' }] };
const birth = {
  type: 'birth',
  server: 'a'.repeat(32),
  ownerKey: 'k',
  devices: envelope,
  settings: null,
  keys: null,
  link: linkAddresses(0),
  enrolmentToken: null,
  rootAnchors: null,
  seed: 'AAAA',
  timeMs: 1,
};

test('every message of the protocol is understood', () => {
  const messages = [
    birth,
    { ...birth, settings: 'AAAA', keys: { wireguard: 'a', node: 'b' }, rootAnchors: ['x'], enrolmentToken: 't' },
    { type: 'kept' },
  ];
  for (const message of [
    ...messages,
    { type: 'devices', devices: envelope },
    { type: 'ask', id: 1, question: 'status', challenge: 'AAAAAAAAAAAAAAAAAAAAAA', body: null },
    { type: 'forget' },
    { type: 'rest' },
    { type: 'table', digest: 'd', size: 7 },
    { type: 'table_part', offset: 0, data: 'AAAA' },
  ]) {
    assert.deepEqual(parseHostMessage(message), message);
  }
});

test('what is no message of the protocol is null', () => {
  const broken: unknown[] = [
    null,
    7,
    'kept',
    [],
    {},
    { type: 'shell' },
    { type: 'ask', id: 1.5, question: 'status', challenge: 'AAAAAAAAAAAAAAAAAAAAAA', body: null },
    { type: 'ask', id: 1, question: 'dump', challenge: 'AAAAAAAAAAAAAAAAAAAAAA', body: null },
    { type: 'ask', id: 1, question: 'status', body: null },
    { type: 'ask', id: 1, question: 'status', challenge: 'short', body: null },
  ];
  for (const field of Object.keys(birth).filter((name) => name !== 'type')) broken.push({ ...birth, [field]: 7.5 });
  broken.push(
    { ...birth, keys: { wireguard: 'a' } },
    { ...birth, rootAnchors: [7] },
    { type: 'devices', devices: { ...envelope, signatures: [7] } },
    { type: 'ask', id: 1, question: 'forget', challenge: 'AAAAAAAAAAAAAAAAAAAAAA', body: null },
    { type: 'table', digest: 'd', size: 1.5 },
    { type: 'table_part', offset: 0, data: 7 },
  );
  for (const message of broken) assert.equal(parseHostMessage(message), null, JSON.stringify(message));
});

test('a link is addresses and nothing else', () => {
  assert.ok(isLink(linkAddresses(16383)));
  for (const change of [
    { hostIpv4: '10.0.0.1 dev lo' },
    { serverIpv6: 'fe80::1%eth0' },
    { hostIpv6: '1.2.3.4' },
    { ipv4Length: 8 },
    { serverIpv4: null },
  ]) {
    assert.ok(!isLink({ ...linkAddresses(1), ...change }), JSON.stringify(change));
  }
  assert.ok(!isLink(null));
  assert.match(linkCommands(linkAddresses(1)), /^addr replace 100\.127\.0\.6\/30 dev eth0$/m);
});
