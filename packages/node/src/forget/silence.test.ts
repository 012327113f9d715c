import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LONGEST_LIFE_S, OLD_LIFE_S, type PeerLook, SESSION_S, SilenceWatch } from './silence.ts';

const peers = (...looks: [handshakeS: number, receivedBytes: number][]): Map<string, PeerLook> =>
  new Map(looks.map(([handshakeS, receivedBytes], index) => [`key-${index}`, { handshakeS, receivedBytes }]));
const START = 1_000_000;

test('a server that nobody used forgets once a day as others do, and not before', () => {
  const watch = new SilenceWatch(false);
  assert.deepEqual(watch.look(peers([0, 0]), START, OLD_LIFE_S - 1, 180), { left: [], forget: false });
  assert.deepEqual(watch.look(peers([0, 0]), START, OLD_LIFE_S, 180), { left: [], forget: true });
});

test('a server that was found running forgets as soon as nobody is there', () => {
  assert.equal(new SilenceWatch(true).look(peers([0, 0]), START, 10, 180).forget, true);
});

test('180 seconds after the last handshake the device has left, and the server forgets', () => {
  const watch = new SilenceWatch(false);
  assert.deepEqual(watch.look(peers([START, 9]), START, 10, 180), { left: [], forget: false });
  assert.deepEqual(watch.look(peers([START, 9]), START + SESSION_S - 1, 200, 180), { left: [], forget: false });
  assert.deepEqual(watch.look(peers([START, 9]), START + SESSION_S, 200, 180), { left: ['key-0'], forget: true });
});

test('a device whose handshake never completed is forgotten as well: the tunnel knows where it was', () => {
  const watch = new SilenceWatch(false);
  assert.deepEqual(watch.look(peers([0, 148]), START, 10, 180), { left: [], forget: false });
  assert.equal(watch.used, true);
  assert.deepEqual(watch.look(peers([0, 148]), START + 179, 200, 180), { left: [], forget: false });
  assert.deepEqual(watch.look(peers([0, 148]), START + 180, 200, 180), { left: ['key-0'], forget: true });
});

test('one device that is there keeps the server, and the other one is forgotten alone', () => {
  const watch = new SilenceWatch(false);
  watch.look(peers([START, 1], [START, 1]), START, 10, 180);
  const now = START + SESSION_S;
  assert.deepEqual(watch.look(peers([START, 1], [now - 60, 5]), now, 200, 180), { left: ['key-0'], forget: false });
});

test('a shorter silence counts from the last byte, not from the handshake', () => {
  const watch = new SilenceWatch(false);
  watch.look(peers([START, 1]), START, 10, 30);
  assert.equal(watch.look(peers([START, 2]), START + 25, 10, 30).forget, false, 'bytes came');
  assert.equal(watch.look(peers([START, 2]), START + 54, 10, 30).forget, false);
  assert.deepEqual(watch.look(peers([START, 2]), START + 55, 10, 30), { left: ['key-0'], forget: true });
});

test('after a day at the latest, and in the last hour at a moment without traffic', () => {
  const busy = new SilenceWatch(false);
  busy.look(peers([START, 1]), START, OLD_LIFE_S - 10, 180);
  assert.equal(busy.look(peers([START, 2]), START + 5, OLD_LIFE_S - 5, 180).forget, false);
  assert.equal(busy.look(peers([START, 3]), START + 15, OLD_LIFE_S + 5, 180).forget, false, 'traffic in the last hour');
  assert.equal(busy.look(peers([START, 3]), START + 20, OLD_LIFE_S + 10, 180).forget, true, 'a quiet moment');
  const steady = new SilenceWatch(false);
  assert.equal(steady.look(peers([START, 1]), START, LONGEST_LIFE_S, 180).forget, true, 'a day is over');
});
