import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newX25519Private, toBase64, x25519PublicKey } from '@lethe/core';
import { type CreateStage, MemoryStore, openCustomer } from '../src/index.ts';
import { CODE, ServiceDouble, signedIn, throwsCode } from './harness.ts';

test('a customer signs in, gets a server, adds a device and reads its status', async () => {
  await using double = await ServiceDouble.start();
  const { customer, store } = await signedIn(double);
  const stages: CreateStage[] = [];
  const server = await customer.createServer({ onProgress: (stage) => stages.push(stage) });
  assert.deepEqual(stages, ['voucher', 'requested', 'machine', 'network', 'ready']);
  assert.equal(server.name, 'home');
  assert.equal(server.view?.state, 'ready');

  const { device, applied } = await customer.addDevice({ name: 'phone' });
  assert.equal(applied, true);
  assert.equal(device.ipv4, '10.66.0.2');
  assert.deepEqual(double.servers.get(server.id)!.list.devices, [{ key: device.key, slot: 2 }]);

  const { text } = await customer.deviceConfig('phone', { endpoint: 'ipv6' });
  const secret = await store.loadDeviceKey(device.key);
  assert.ok(text.includes(`PrivateKey = ${secret!.revealBase64()}\n`));
  assert.ok(text.includes('Endpoint = [2001:db8::9]:40001\n'));

  const live = await customer.status();
  assert.deepEqual(
    live.devices.map((one) => [one.name, one.online, one.receivedBytes]),
    [['phone', true, 10]],
  );
  assert.equal(live.current, true);
});

test('asking for the live status again and again does not ask the accounts plane in the same breath', async () => {
  await using double = await ServiceDouble.start();
  const { customer } = await signedIn(double);
  await customer.createServer();
  await customer.addDevice({ name: 'phone' });
  const before = double.seen.length;
  for (let i = 0; i < 3; i += 1) assert.equal((await customer.status()).devices[0]?.name, 'phone');
  const asked = double.seen.slice(before);
  assert.equal(asked.filter((line) => line.includes('/status')).length, 3);
  assert.deepEqual(
    asked.filter((line) => line.includes('/api/account')),
    [],
  );
});

test('names and private keys never reach the service', async () => {
  await using double = await ServiceDouble.start();
  const { customer, store } = await signedIn(double);
  const length = double.vault.ciphertext!.length;
  await customer.createServer({ name: 'hideaway', device: { name: 'marker-phone' } });
  const [device] = await customer.devices();
  const secret = (await store.loadDeviceKey(device!.key))!.revealBase64();
  const kept = JSON.stringify([double.vault, [...double.servers.values()]]);
  for (const word of ['hideaway', 'marker-phone', secret]) assert.ok(!kept.includes(word));
  assert.equal(double.vault.ciphertext!.length, length, 'the vault changes its size with its content');
});

test('removing and renaming devices; a freed address is given again', async () => {
  await using double = await ServiceDouble.start();
  const { customer, store } = await signedIn(double);
  const { id } = await customer.createServer();
  const phone = await customer.addDevice({ name: 'phone' });
  await customer.addDevice({ name: 'laptop' });
  await customer.renameDevice('laptop', 'Desk');
  await throwsCode(customer.renameDevice('desk', 'PHONE'), 'already_exists');
  const removed = await customer.removeDevice('phone');
  assert.equal(removed.applied, true);
  assert.equal(await store.loadDeviceKey(phone.device.key), null);
  const { list } = double.servers.get(id)!;
  assert.deepEqual(
    list.devices.map((one) => one.slot),
    [3],
  );
  assert.equal(list.counter, 4);
  assert.equal((await customer.addDevice({ name: 'tablet' })).device.ipv4, '10.66.0.2');
  assert.deepEqual((await customer.devices()).map((one) => one.name).toSorted(), ['Desk', 'tablet']);
});

test('bad devices change nothing', async () => {
  await using double = await ServiceDouble.start();
  const { customer } = await signedIn(double);
  await customer.createServer({ name: 'home' });
  const { device } = await customer.addDevice({ name: 'phone' });
  const before = double.vault.version;
  const lowOrder = `${'A'.repeat(43)}=`;
  await throwsCode(customer.addDevice({ name: 'x', publicKey: 'not a key' }), 'bad_public_key');
  await throwsCode(customer.addDevice({ name: 'x', publicKey: lowOrder }), 'bad_public_key');
  await throwsCode(customer.addDevice({ name: 'x', publicKey: device.key }), 'duplicate_key');
  await throwsCode(customer.addDevice({ name: 'x', address: '10.66.0.2' }), 'address_taken');
  await throwsCode(customer.addDevice({ name: 'x', address: '10.66.0.1' }), 'bad_address');
  await throwsCode(customer.addDevice({ name: 'x', address: '192.0.2.1' }), 'bad_address');
  await throwsCode(customer.addDevice({ name: 'Phone' }), 'already_exists');
  await throwsCode(customer.addDevice({ name: '-x' }), 'bad_request');
  await throwsCode(customer.addDevice({ name: 'x', server: 'nowhere' }), 'not_found');
  await throwsCode(customer.createServer({ region: 'moon' }), 'unknown_region');
  await throwsCode(customer.createServer({ engine: 'microvm' }), 'unknown_engine');
  await throwsCode(customer.createServer({ name: 'HOME' }), 'already_exists');
  await throwsCode(customer.createServer({ device: { name: 'x', publicKey: 'zz' } }), 'bad_public_key');
  assert.equal(double.vault.version, before);
  assert.equal(double.issued, 1);
});

test('an eleventh device is refused', async () => {
  await using double = await ServiceDouble.start();
  const { customer } = await signedIn(double);
  await customer.createServer();
  for (let number = 1; number <= 10; number += 1) await customer.addDevice({ name: `d${number}` });
  await throwsCode(customer.addDevice({ name: 'd11' }), 'too_many_devices');
  assert.equal((await customer.devices()).length, 10);
});

test('a key made elsewhere has no private half here', async () => {
  await using double = await ServiceDouble.start();
  const { customer, store } = await signedIn(double);
  await customer.createServer();
  const key = toBase64(await x25519PublicKey(newX25519Private('wireguard')));
  const { device } = await customer.addDevice({ name: 'router', publicKey: key, address: 'fd66:6c65:7468:65::fe' });
  assert.equal(device.ipv4, '10.66.0.254');
  assert.equal(await store.loadDeviceKey(key), null);
  await throwsCode(customer.deviceConfig('router'), 'not_found');
  const { text } = await customer.deviceConfig('router', { withoutKey: true });
  assert.ok(!/^PrivateKey/m.test(text));
});

test('a second device needs the recovery key, then sees the same servers', async () => {
  await using double = await ServiceDouble.start();
  const first = await signedIn(double);
  await first.customer.createServer({ name: 'home' });
  const store = new MemoryStore();
  const second = openCustomer({ service: double.url, store });
  assert.deepEqual(await second.signIn('a@example.net', CODE), { ownerKey: 'recovery_needed' });
  await throwsCode(second.devices(), 'not_signed_in');
  const text = await first.customer.recoveryKey();
  await throwsCode(
    second.importRecoveryKey(text.replace(/^./, (letter) => (letter === '0' ? '1' : '0'))),
    'bad_encoding',
  );
  assert.equal(await store.loadSeed(), null);
  await second.importRecoveryKey(text.toLowerCase().replaceAll('-', ' '));
  assert.deepEqual(
    (await second.servers()).map((one) => one.name),
    ['home'],
  );
});

test('a recovery key of another account is refused and nothing changes', async () => {
  await using double = await ServiceDouble.start();
  await using other = await ServiceDouble.start();
  const { customer, store } = await signedIn(double);
  const stranger = await (await signedIn(other)).customer.recoveryKey();
  const before = (await store.loadSeed())!.revealBase64();
  await throwsCode(customer.importRecoveryKey(stranger), 'recovery_key_needed');
  assert.equal((await store.loadSeed())!.revealBase64(), before);
  assert.equal((await customer.servers()).length, 0);
});

test('two devices of one owner change lists at the same time', async () => {
  await using double = await ServiceDouble.start();
  const first = await signedIn(double);
  const { id } = await first.customer.createServer();
  const store = new MemoryStore();
  await store.saveSeed((await first.store.loadSeed())!);
  const second = await signedIn(double, store);
  await Promise.all([
    first.customer.addDevice({ name: 'a' }),
    second.customer.addDevice({ name: 'b' }),
    first.customer.addDevice({ name: 'c' }),
    second.customer.addDevice({ name: 'd' }),
  ]);
  assert.deepEqual((await first.customer.devices()).map((one) => one.name).toSorted(), ['a', 'b', 'c', 'd']);
  const { list } = double.servers.get(id)!;
  assert.equal(list.devices.length, 4);
  assert.equal(new Set(list.devices.map((one) => one.slot)).size, 4);
});

test('closing an account deletes servers first and forgets the owner key', async () => {
  await using double = await ServiceDouble.start();
  const { customer, store } = await signedIn(double);
  await customer.createServer();
  await customer.createServer();
  const closed = await customer.closeAccount();
  assert.deepEqual(
    closed.map((one) => [one.name, one.outcome]),
    [
      ['home', 'deleted'],
      ['home-2', 'deleted'],
    ],
  );
  assert.equal(double.servers.size, 0);
  assert.equal(double.vault.ciphertext, null);
  assert.equal(await store.loadSeed(), null);
});

test('closing reports a server that could not be reached and keeps the key for it', async () => {
  await using double = await ServiceDouble.start();
  const { customer, store } = await signedIn(double);
  await customer.createServer();
  double.refuse = { match: /^DELETE .api.servers/, code: 'unreachable' };
  const closed = await customer.closeAccount();
  assert.deepEqual(
    closed.map((one) => [one.outcome, one.leaseUntil]),
    [['unreached', '2030-02-01']],
  );
  assert.equal(double.tokens.size, 0);
  assert.notEqual(await store.loadSeed(), null);
  assert.equal((await customer.deleteServer()).outcome, 'deleted');
});

test('renewal spends one voucher', async () => {
  await using double = await ServiceDouble.start();
  const { customer } = await signedIn(double);
  await customer.createServer();
  assert.equal((await customer.renewServer()).view?.leaseUntil, '2030-03-01');
  assert.equal(double.issued, 2);
  assert.equal(double.vouchers.size, 0);
});
