import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePeers, peerArguments, peerChanges, wantedPeers } from './peers.ts';

const at = (slot: number): string => `10.66.0.${slot}/32 fd66:6c65:7468:65::${slot.toString(16)}/128`;
const changes = (current: string, devices: { key: string; slot: number }[]) =>
  peerChanges(parsePeers(current), wantedPeers(devices));

test('peers that stay as they are are not touched', () => {
  const { remove, set, freed } = changes(`A\t${at(2)}\nB\t${at(254)}\n`, [
    { key: 'B', slot: 254 },
    { key: 'A', slot: 2 },
  ]);
  assert.deepEqual({ remove, set, freed }, { remove: [], set: [], freed: [] });
});

test('the order in which the tool prints addresses is no difference', () => {
  assert.deepEqual(changes('A\tfd66:6c65:7468:65::2/128 10.66.0.2/32\n', [{ key: 'A', slot: 2 }]).set, []);
});

test('a device that goes is removed before another takes its address, and its address is freed', () => {
  const found = changes(`A\t${at(2)}\n`, [{ key: 'C', slot: 2 }]);
  assert.deepEqual(peerArguments(found), [
    'peer',
    'A',
    'remove',
    'peer',
    'C',
    'allowed-ips',
    '10.66.0.2/32,fd66:6c65:7468:65::2/128',
  ]);
  assert.deepEqual(found.freed, ['10.66.0.2', 'fd66:6c65:7468:65::2']);
});

test('a device that changes its address frees the old one and keeps its session', () => {
  const found = changes(`A\t${at(2)}\n`, [{ key: 'A', slot: 3 }]);
  assert.deepEqual(found.remove, []);
  assert.deepEqual(found.freed, ['10.66.0.2', 'fd66:6c65:7468:65::2']);
});

test('a peer without an address gets one', () => {
  const found = changes('A\t(none)\n', [{ key: 'A', slot: 2 }]);
  assert.equal(found.set.length, 1);
  assert.deepEqual(found.freed, []);
});
