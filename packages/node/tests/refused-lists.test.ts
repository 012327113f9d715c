import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  DEVICE_LIST_TYPE,
  type DsseEnvelope,
  fromBase64,
  newServerId,
  type ServerKeys,
  toBase64,
  toLine,
  utf8,
} from '@lethe/core';
import { Customer, newDevice, type TestDevice } from './customer.ts';
import { type Lab, startLab } from './lab.ts';

let lab: Lab;
let customer: Customer;
let stranger: Customer;
let phone: TestDevice;
let intruder: TestDevice;
let keys: ServerKeys;
let first: DsseEnvelope;
let second: DsseEnvelope;

before(async () => {
  [lab, customer, stranger] = await Promise.all([startLab(), Customer.create(), Customer.create()]);
  [phone, intruder] = await Promise.all([newDevice(2), newDevice(3)]);
  first = await customer.list([phone, intruder]);
  second = await customer.list([phone]);
  await lab.host.expect('hello');
  keys = (await lab.host.ask(customer.birth(first), 'keep')).keys;
  lab.host.send({ type: 'kept' });
  await lab.host.expect('stage', 0, (message) => message.stage === 'ready');
  assert.equal((await lab.host.ask({ type: 'devices', devices: second }, 'applied')).counter, 2);
});
after(() => lab?.stop());

const peers = async (): Promise<string> => (await lab.server.run('wg show wg0 peers')).trim();
const refused = async (devices: DsseEnvelope): Promise<void> => {
  assert.equal((await lab.host.ask({ type: 'devices', devices }, 'failed')).failure, 'list_refused');
  assert.equal(await peers(), phone.key);
};

test('a list signed by somebody else is refused', async () => {
  await refused(await stranger.list([intruder], { server: customer.server, counter: 9 }));
});

test('a list with another payload under the same signature is refused', async () => {
  const text = Buffer.from(fromBase64(second.payload)).toString().replace('"counter":2', '"counter":8');
  await refused({ ...second, payload: toBase64(utf8(text)) });
});

test('a list for another server of the same owner is refused', async () => {
  await refused(await customer.list([intruder], { server: newServerId(), counter: 9 }));
});

test('an older list is refused, and so is another one with the same counter', async () => {
  await refused(first);
  await refused(await customer.list([phone, intruder], { counter: 2 }));
});

test('a list that breaks the format is refused', async () => {
  await refused({ ...second, payloadType: 'application/json' });
  await refused({ ...second, payload: '!' });
  await refused({ payloadType: DEVICE_LIST_TYPE, payload: toBase64(utf8('[]')), signatures: [] });
});

test('the same list again changes nothing and is confirmed', async () => {
  assert.equal((await lab.host.ask({ type: 'devices', devices: second }, 'applied')).counter, 2);
  assert.equal(await peers(), phone.key);
});

test('a birth with another owner, server or key is refused', async () => {
  const theirs = await stranger.list([intruder], { server: customer.server, counter: 9 });
  const usurp = customer.birth(theirs, { keys, ownerKey: stranger.owner.ownerKey });
  assert.equal((await lab.host.ask(usurp, 'failed')).failure, 'list_refused');
  const moved = stranger.birth(await stranger.list([intruder]), { keys });
  assert.equal((await lab.host.ask(moved, 'failed')).failure, 'list_refused');
  const otherKeys = { ...keys, wireguard: toBase64(intruder.privateKey) };
  assert.equal((await lab.host.ask(customer.birth(second, { keys: otherKeys }), 'failed')).failure, 'keys_refused');
  assert.equal(
    (await lab.host.ask(customer.birth(second, { keys: { ...keys, node: 'AA' } }), 'failed')).failure,
    'keys_refused',
  );
  assert.equal(await peers(), phone.key);
});

test('a crash of the agent opens no window for an older list or another owner', async () => {
  const connections = lab.host.connections;
  await lab.server.run("pkill -9 -n -f '[n]ode/src/main.ts'");
  await lab.host.expect('hello', 0, () => lab.host.connections > connections);
  assert.equal((await lab.host.ask(customer.birth(first, { keys }), 'failed')).failure, 'list_refused');
  const theirs = await stranger.list([intruder], { server: customer.server, counter: 9 });
  assert.equal(
    (await lab.host.ask(customer.birth(theirs, { keys, ownerKey: stranger.owner.ownerKey }), 'failed')).failure,
    'list_refused',
  );
  assert.equal(await peers(), phone.key);
  assert.equal((await lab.host.ask(customer.birth(second, { keys }), 'applied')).counter, 2);
});

test('lines that are no messages end the connection or are ignored, and the server goes on', async () => {
  lab.host.sendRaw(
    toLine({ type: 'open-a-shell' }) +
      toLine([]) +
      toLine({ type: 'devices' }) +
      toLine({ type: 'ask', id: 'x', question: 'status', challenge: 'A'.repeat(22) }),
  );
  assert.equal((await lab.host.ask({ type: 'devices', devices: second }, 'applied')).counter, 2);
  const connections = lab.host.connections;
  lab.host.sendRaw('{"type":"bir\n');
  await lab.host.expect('hello', 0, () => lab.host.connections > connections);
  assert.equal(await peers(), phone.key);
});
