/** What the customer's side believes: the server's own signed word, and never the service's. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  newSigningSeed,
  newX25519Private,
  signingPublicKey,
  toBase64,
  toBase64Url,
  x25519PublicKey,
} from '@lethe/core';
import { MemoryStore, openCustomer } from '../src/index.ts';
import { CODE, ServiceDouble, signedIn, throwsCode } from './harness.ts';
import { statusOf } from './service-double.ts';

async function withServer(double: ServiceDouble) {
  const { customer, store } = await signedIn(double);
  const { id } = await customer.createServer({ device: { name: 'phone' } });
  return { customer, store, id, kept: double.servers.get(id)! };
}

test('a live status that the server did not sign for this question is refused', async () => {
  await using double = await ServiceDouble.start();
  const { customer } = await withServer(double);
  assert.equal((await customer.status()).devices[0]!.name, 'phone');

  const stranger = newSigningSeed('node-sign');
  double.tamper = (_sealed, kept, challenge) => statusOf(kept, challenge, { node: stranger });
  await throwsCode(customer.status(), 'bad_signature');

  let first: string | null = null;
  double.tamper = (sealed) => (first ??= sealed);
  await customer.status();
  await throwsCode(customer.status(), 'bad_signature');
  double.tamper = null;
  await customer.status();
});

test('a removal counts as done only when the server itself says so', async () => {
  await using double = await ServiceDouble.start();
  const { customer } = await withServer(double);
  await customer.addDevice({ name: 'laptop' });
  // The service says that the list is in force, and makes the answer to the question up.
  const stranger = newSigningSeed('node-sign');
  double.tamper = (_sealed, kept, challenge) => statusOf(kept, challenge, { node: stranger });
  assert.equal((await customer.removeDevice('laptop')).applied, false);
  // The server signs that it still has the old list, then that it has the new one.
  let asked = 0;
  double.tamper = (_sealed, kept, challenge) => {
    asked += 1;
    return statusOf(kept, challenge, { counter: kept.list.counter - (asked < 2 ? 1 : 0) });
  };
  assert.equal((await customer.removeDevice('phone')).applied, true);
  assert.equal(asked, 2);
});

test('the keys of first sight stay: a server with another key is not used, and can be deleted', async () => {
  await using double = await ServiceDouble.start();
  const { customer, kept } = await withServer(double);
  const { nodeKey, wireguardKey } = kept.view;
  const own = (await customer.deviceConfig('phone')).text;
  assert.equal((await customer.server()).keyChanged, false);
  const changes = [
    { wireguardKey: toBase64(await x25519PublicKey(newX25519Private('wireguard'))), nodeKey },
    { wireguardKey, nodeKey: toBase64Url(await signingPublicKey(newSigningSeed('node-sign'))) },
  ];
  for (const change of changes) {
    Object.assign(kept.view, change);
    const { list } = kept;
    await throwsCode(customer.deviceConfig('phone'), 'server_key_changed');
    await throwsCode(customer.addDevice({ name: 'laptop' }), 'server_key_changed');
    await throwsCode(customer.removeDevice('phone'), 'server_key_changed');
    assert.deepEqual(kept.list, list);
    assert.equal((await customer.server()).keyChanged, true);
  }
  Object.assign(kept.view, { wireguardKey, nodeKey });
  assert.equal((await customer.deviceConfig('phone')).text, own);
  Object.assign(kept.view, changes[0]);
  assert.equal((await customer.deleteServer()).outcome, 'deleted');
});

test('keys that could not be kept when the server was made are kept at the next look', async () => {
  await using double = await ServiceDouble.start();
  const { customer } = await signedIn(double);
  let puts = 0;
  // The third writing of the vault is the one with the keys: entry, voucher spent, keys.
  double.onCall = (line) => {
    if (line !== 'PUT /api/account/vault') return;
    puts += 1;
    if (puts === 3) double.refuse = { match: /vault/, code: 'unreachable' };
  };
  const { id } = await customer.createServer({ device: { name: 'phone' } });
  double.onCall = null;
  assert.ok(puts >= 3);
  const kept = double.servers.get(id)!;
  await customer.status();
  kept.view.wireguardKey = toBase64(await x25519PublicKey(newX25519Private('wireguard')));
  await throwsCode(customer.deviceConfig('phone'), 'server_key_changed');
});

test('a device that comes new to an old vault signs no list that the server has left behind', async () => {
  await using double = await ServiceDouble.start();
  const { customer, kept } = await withServer(double);
  const recoveryKey = await customer.recoveryKey();
  const old = structuredClone(double.vault);
  await customer.addDevice({ name: 'laptop' });
  await customer.removeDevice('laptop');
  const newest = kept.list;
  // The service gives the new device the old vault, and names the list as old as that.
  double.vault = old;
  kept.view.listCounter = 1;
  const fresh = openCustomer({ service: double.url, store: new MemoryStore() });
  await fresh.signIn('a@example.net', CODE);
  await fresh.importRecoveryKey(recoveryKey);
  await fresh.devices();
  await throwsCode(fresh.addDevice({ name: 'tablet' }), 'stale_counter');
  await throwsCode(fresh.addDevice({ name: 'tablet' }), 'stale_counter');
  assert.deepEqual(kept.list, newest);
  assert.deepEqual(double.vault, old);
});

test('a server that cannot be asked now does not keep its owner from changing the list', async () => {
  await using double = await ServiceDouble.start();
  const { customer } = await withServer(double);
  double.refuse = { match: /\/status$/, code: 'unreachable' };
  assert.equal((await customer.addDevice({ name: 'laptop' })).applied, true);
});
