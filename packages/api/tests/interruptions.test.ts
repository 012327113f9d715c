import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { MemoryStore, openCustomer, parseRecoveryText } from '../src/index.ts';
import { CODE, ServiceDouble, signedIn, throwsCode } from './harness.ts';

const CREATE = /^PUT .api.servers.[0-9a-f]{32}$/;
const PUBLISH = /^PUT .api.servers.[0-9a-f]{32}.devices$/;

for (const when of ['before', 'after'] as const) {
  test(`a creation cut ${when} the service acted continues as the same server with the same voucher`, async () => {
    await using double = await ServiceDouble.start();
    const { customer } = await signedIn(double);
    double.cut = { match: CREATE, when };
    await throwsCode(customer.createServer({ name: 'home' }), 'unreachable');
    assert.equal(double.servers.size, when === 'before' ? 0 : 1);
    assert.equal((await customer.server('home')).unfinished, when === 'before');
    const server = await customer.createServer({ name: 'home' });
    assert.equal(server.view?.state, 'ready');
    assert.equal(double.servers.size, 1);
    assert.equal(double.issued, 1);
    await throwsCode(customer.createServer({ name: 'home' }), 'already_exists');
  });

  test(`a device list cut ${when} the service acted is sent again`, async () => {
    await using double = await ServiceDouble.start();
    const { customer } = await signedIn(double);
    const { id } = await customer.createServer();
    double.cut = { match: PUBLISH, when };
    await throwsCode(customer.addDevice({ name: 'phone' }), 'unreachable');
    const [device] = await customer.devices();
    assert.equal(device!.keyHere, true);
    assert.deepEqual(double.servers.get(id)!.list.devices, [{ key: device!.key, slot: 2 }]);
    assert.equal(double.servers.get(id)!.list.counter, 2);
  });
}

test('a device that never reached the vault leaves no key behind', async () => {
  await using double = await ServiceDouble.start();
  const { customer, store } = await signedIn(double);
  await customer.createServer();
  const kept: string[] = [];
  const save = store.saveDeviceKey.bind(store);
  store.saveDeviceKey = async (key, secret) => {
    if (secret) kept.push(key);
    await save(key, secret);
  };
  double.refuse = { match: /^PUT .api.account.vault$/, code: 'too_many_requests' };
  await throwsCode(customer.addDevice({ name: 'phone' }), 'too_many_requests');
  assert.equal(kept.length, 1);
  assert.equal(await store.loadDeviceKey(kept[0]!), null);
});

test('a refused creation keeps its voucher for the next one', async () => {
  await using double = await ServiceDouble.start();
  double.allowance = 1;
  const { customer } = await signedIn(double);
  double.refuse = { match: CREATE, code: 'no_capacity' };
  await throwsCode(customer.createServer(), 'no_capacity');
  assert.equal((await customer.servers()).length, 0);
  await customer.createServer();
  await throwsCode(customer.createServer(), 'no_entitlement');
  assert.equal((await customer.servers()).length, 1);
});

test('a deleted unfinished creation gives its voucher back', async () => {
  await using double = await ServiceDouble.start();
  double.allowance = 1;
  const { customer } = await signedIn(double);
  double.cut = { match: CREATE, when: 'before' };
  await throwsCode(customer.createServer({ name: 'home' }), 'unreachable');
  await customer.deleteServer('home');
  assert.equal((await customer.createServer({ name: 'other' })).view?.state, 'ready');
});

test('a stored voucher that turns out spent is dropped for a new one', async () => {
  await using double = await ServiceDouble.start();
  const { customer } = await signedIn(double);
  double.refuse = { match: CREATE, code: 'no_capacity' };
  await throwsCode(customer.createServer(), 'no_capacity');
  double.vouchers.clear();
  assert.equal((await customer.createServer()).view?.state, 'ready');
  assert.equal(double.issued, 2);
});

test('a server that does not come up says why and can be deleted', async () => {
  await using double = await ServiceDouble.start();
  const { customer } = await signedIn(double);
  double.failNext = true;
  await assert.rejects(customer.createServer(), /UDP port on the host is taken/);
  double.failNext = false;
  assert.equal((await customer.deleteServer()).outcome, 'deleted');
  assert.equal((await customer.servers()).length, 0);
});

test('an old vault, a swapped version and an old list counter are refused', async () => {
  await using double = await ServiceDouble.start();
  const { customer } = await signedIn(double);
  const { id } = await customer.createServer();
  await customer.addDevice({ name: 'stolen' });
  const old = { ...double.vault };
  await customer.removeDevice('stolen');
  const newest = { ...double.vault };

  double.vault = old;
  await throwsCode(customer.devices(), 'stale_counter');
  double.vault = { version: newest.version, ciphertext: old.ciphertext };
  await throwsCode(customer.devices(), 'recovery_key_needed');

  // A device of the owner that never saw the newer vault is protected by the counter the server itself has.
  const store = new MemoryStore();
  await store.saveSeed(await parseRecoveryText(await customer.recoveryKey()));
  double.vault = old;
  const other = openCustomer({ service: double.url, store });
  await other.signIn('a@example.net', CODE);
  await throwsCode(other.addDevice({ name: 'x' }), 'stale_counter');
  assert.equal(double.vault, old, 'the refused change was written to the vault');
  assert.deepEqual(double.servers.get(id)!.list.devices, []);
});

test('an owner key that waits on another device is not replaced by a second one', async () => {
  await using double = await ServiceDouble.start();
  const stores = [new MemoryStore(), new MemoryStore()];
  const results = await Promise.all(
    stores.map((store) => openCustomer({ service: double.url, store }).signIn('a@example.net', CODE)),
  );
  assert.deepEqual(results.map((one) => one.ownerKey).toSorted(), ['new', 'recovery_needed']);
  const seeds = await Promise.all(stores.map((store) => store.loadSeed()));
  assert.equal(seeds.filter(Boolean).length, 1);
});

test('network failures have plain words', async () => {
  const gone = await ServiceDouble.start();
  const { url } = gone;
  await gone[Symbol.asyncDispose]();
  const nobody = openCustomer({ service: url, store: new MemoryStore() });
  await throwsCode(nobody.requestCode('a@example.net'), 'unreachable');
  await throwsCode(nobody.requestCode('nonsense'), 'bad_email');

  const page = createServer((_, response) => response.end('<!doctype html>')).listen(0, '127.0.0.1');
  await new Promise((resolve) => page.once('listening', resolve));
  try {
    const other = openCustomer({
      service: `http://127.0.0.1:${(page.address() as AddressInfo).port}`,
      store: new MemoryStore(),
    });
    await assert.rejects(other.regions(), /not a Lethe service/);
  } finally {
    page.closeAllConnections();
    page.close();
  }
});

test('a wrong code and a missing session say so', async () => {
  await using double = await ServiceDouble.start();
  const customer = openCustomer({ service: double.url, store: new MemoryStore() });
  await throwsCode(customer.signIn('a@example.net', '00000000'), 'wrong_code');
  await throwsCode(customer.account(), 'not_signed_in');
  const signed = await signedIn(double);
  await signed.customer.signOut();
  await throwsCode(signed.customer.account(), 'not_signed_in');
});

test('a request refused for the age of its signature is signed again', async () => {
  await using double = await ServiceDouble.start();
  const { customer } = await signedIn(double);
  double.refuse = { match: CREATE, code: 'signature_expired' };
  assert.equal((await customer.createServer()).view?.state, 'ready');
  assert.equal(double.issued, 1);
});

test('an account that starts anew at the same service is not taken for an old vault', async () => {
  await using double = await ServiceDouble.start();
  const { customer, store } = await signedIn(double);
  await customer.createServer();
  await customer.createServer();
  double.vault = { version: 0, ciphertext: null };
  double.servers.clear();
  await signedIn(double, store);
  assert.equal((await customer.createServer()).name, 'home');
});

test('ten servers at once keep names, vouchers and lists apart', async () => {
  await using double = await ServiceDouble.start();
  double.allowance = 10;
  const { customer } = await signedIn(double);
  const made = await Promise.all(
    Array.from({ length: 10 }, () => customer.createServer({ device: { name: 'phone' } })),
  );
  assert.equal(new Set(made.map((one) => one.name)).size, 10);
  assert.equal(double.servers.size, 10);
  assert.equal(new Set((await customer.devices()).map((one) => one.key)).size, 10);
  assert.equal(double.issued, 10);
});

test('a list that the service keeps refusing does not hide the devices', async () => {
  await using double = await ServiceDouble.start();
  const { customer } = await signedIn(double);
  await customer.createServer();
  double.cut = { match: PUBLISH, when: 'before' };
  await throwsCode(customer.addDevice({ name: 'phone' }), 'unreachable');
  double.refuse = { match: PUBLISH, code: 'too_many_requests' };
  assert.deepEqual(
    (await customer.devices()).map((one) => one.name),
    ['phone'],
  );
});
