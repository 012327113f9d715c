import assert from 'node:assert/strict';
import { test } from 'node:test';
import { machineAgeS } from './forget/age.ts';
import { deviceStatus } from './status.ts';

const list = {
  server: 'a'.repeat(32),
  counter: 3,
  sealTo: '',
  devicesMayTalk: false,
  devices: [
    { key: 'A=', slot: 2 },
    { key: 'B=', slot: 3 },
    { key: 'C=', slot: 4 },
  ],
};

test('the status has every listed device and no other', () => {
  const status = deviceStatus(list, 'A=\t990\nB=\t0\nX=\t5\n', 'A=\t10\t20\nB=\t0\t148\nX=\t1\t1\n', 1000.9);
  assert.deepEqual(status, [
    { key: 'A=', handshakeAgeS: 10, receivedBytes: 10, sentBytes: 20 },
    { key: 'B=', handshakeAgeS: null, receivedBytes: 0, sentBytes: 148 },
    { key: 'C=', handshakeAgeS: null, receivedBytes: 0, sentBytes: 0 },
  ]);
});

test('a clock that is behind gives no negative age', () => {
  assert.equal(deviceStatus(list, 'A=\t1010\n', '', 1000)[0]!.handshakeAgeS, 0);
});

test('the age of the machine is that of its first process', () => {
  const age = machineAgeS();
  assert.ok(Number.isInteger(age) && age >= 0);
});
