import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { toBase64, toHex } from './bytes.ts';
import type { Json } from './canonical.ts';
import { checkDeviceList, compareDeviceLists, type DeviceList, openDeviceList, signDeviceList } from './devices.ts';
import type { ErrorCode } from './errors.ts';
import { newOwnerSeed, type OwnerKeys, ownerKeys } from './owner.ts';
import { newServerId } from './random.ts';
import { newX25519Private, x25519PublicKey } from './x25519.ts';

const code = (expected: ErrorCode) => (error: unknown) => (error as { code?: string }).code === expected;
const newKey = async (): Promise<string> => toBase64(await x25519PublicKey(newX25519Private('wireguard')));
let owner: OwnerKeys;
let list: DeviceList;

before(async () => {
  owner = await ownerKeys(newOwnerSeed());
  list = {
    server: newServerId(),
    counter: 1,
    sealTo: owner.sealTo,
    devicesMayTalk: false,
    devices: [{ key: await newKey(), slot: 2 }],
  };
});

const variant = (change: Record<string, unknown>): Json => ({ ...list, ...change }) as unknown as Json;

test('a list opens for its owner and server only', async () => {
  const envelope = await signDeviceList(list, owner);
  assert.deepEqual(await openDeviceList(envelope, list.server, owner.ownerKey), list);
  const stranger = await ownerKeys(newOwnerSeed());
  await assert.rejects(openDeviceList(envelope, list.server, stranger.ownerKey), code('bad_signature'));
  await assert.rejects(openDeviceList(envelope, newServerId(), owner.ownerKey), code('bad_device_list'));
});

test('an altered list is refused', async () => {
  const envelope = await signDeviceList(list, owner);
  const payload = Buffer.from(envelope.payload, 'base64').toString().replace('"slot":2', '"slot":3');
  await assert.rejects(
    openDeviceList({ ...envelope, payload: Buffer.from(payload).toString('base64') }, list.server, owner.ownerKey),
    code('bad_signature'),
  );
  await assert.rejects(
    openDeviceList({ ...envelope, payloadType: 'text/plain' }, list.server, owner.ownerKey),
    code('bad_signature'),
  );
});

test('malformed, duplicate and surplus devices are refused', async () => {
  const [first] = list.devices as [{ key: string; slot: number }];
  assert.throws(
    () => checkDeviceList(variant({ devices: [first, { key: first.key, slot: 3 }] })),
    code('duplicate_key'),
  );
  assert.throws(
    () => checkDeviceList(variant({ devices: [first, { key: Buffer.alloc(32, 9).toString('base64'), slot: 2 }] })),
    code('address_taken'),
  );
  assert.throws(() => checkDeviceList(variant({ devices: [{ key: first.key, slot: 1 }] })), code('bad_address'));
  assert.throws(() => checkDeviceList(variant({ devices: [{ key: first.key, slot: 255 }] })), code('bad_address'));
  assert.throws(() => checkDeviceList(variant({ devices: [{ key: 'short', slot: 2 }] })), code('bad_public_key'));
  assert.throws(
    () => checkDeviceList(variant({ devices: [{ key: toBase64(new Uint8Array(32)), slot: 2 }] })),
    code('bad_public_key'),
  );
  const many = Array.from({ length: 11 }, (_, i) => ({ key: Buffer.alloc(32, i + 2).toString('base64'), slot: i + 2 }));
  assert.throws(() => checkDeviceList(variant({ devices: many })), code('too_many_devices'));
  assert.throws(
    () => checkDeviceList(variant({ name: 'phone' })),
    code('bad_device_list'),
    'a name must not reach the server',
  );
  assert.throws(() => checkDeviceList(variant({ counter: 0 })), code('bad_device_list'));
});

test('the counter only rises, and a repeated delivery is recognised', () => {
  const newer = { ...list, counter: 2 };
  assert.equal(compareDeviceLists(undefined, list), 'newer');
  assert.equal(compareDeviceLists(list, newer), 'newer');
  assert.equal(compareDeviceLists(list, structuredClone(list)), 'same');
  assert.throws(() => compareDeviceLists(newer, list), code('stale_counter'));
  assert.throws(
    () => compareDeviceLists(list, { ...list, devices: [] }),
    code('stale_counter'),
    'a fork at the same counter is a replay',
  );
});

test('server ids are 32 hexadecimal digits', () => {
  assert.match(newServerId(), /^[0-9a-f]{32}$/);
  assert.throws(() => checkDeviceList(variant({ server: toHex(new Uint8Array(15)) })), code('bad_device_list'));
});
