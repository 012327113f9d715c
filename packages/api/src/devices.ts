/** Workflows of devices: the signed list is written to the vault first, then published; the server applies it by itself. */

import { checkDeviceList, type Json, LetheError, signDeviceList, slotAddresses } from '@lethe/core';
import { askServer, signedCounter, silent } from './ask-server.ts';
import { answer } from './client.ts';
import { chooseEndpoint, configText, type EndpointChoice } from './config-text.ts';
import type { Context } from './context.ts';
import { checkName, findOne, sameName } from './lookup.ts';
import { makeDevice, type NewDevice, placeDevice } from './new-device.ts';
import type { ServerView } from './schema.ts';
import { checkKeys, pinKeys } from './server-keys.ts';
import { serverView } from './servers.ts';
import type { Vault, VaultDevice, VaultServer } from './vault.ts';
import { entryOf, listOf, readVault, updateVault } from './vault-sync.ts';
import { sleep, waitFor } from './wait.ts';

/** Longest wait for a server to apply a list, in milliseconds. */
const WAIT_APPLIED_MS = 30_000;
/** Between two questions to a server that did not answer, or has not applied the list yet. */
const ASK_AGAIN_MS = 1000;

export interface Device {
  server: { id: string; name: string };
  name: string;
  /** WireGuard public key, base64. */
  key: string;
  ipv4: string;
  ipv6: string;
  /** True if this device's private key is kept here, so that its configuration can be shown again. */
  keyHere: boolean;
}

export interface Changed {
  device: Device;
  /** True once the server itself has said, signed, that it has the new list; false if it did not in time and will apply it when it is reachable. */
  applied: boolean;
}

/** A device of the vault as callers see it. */
export async function described(ctx: Context, entry: VaultServer, device: VaultDevice): Promise<Device> {
  const keyHere = (await ctx.store.loadDeviceKey(device.key)) !== null;
  return {
    server: { id: entry.id, name: entry.name },
    name: device.name,
    key: device.key,
    ...slotAddresses(device.slot),
    keyHere,
  };
}

/** The server a reference means: by name or beginning of its id; without one, the only server. Throws `not_found`. */
export const findEntry = (vault: Vault, ref?: string): VaultServer =>
  findOne(
    vault.servers,
    ref,
    'server',
    (one) => one.name,
    (one) => one.id,
  );

/** The server and device a reference means: by name or beginning of the public key, on one server or, without `server`, on all. */
function findDevice(vault: Vault, ref: string, server?: string): { entry: VaultServer; device: VaultDevice } {
  const entries = server === undefined ? vault.servers : [findEntry(vault, server)];
  const all = entries.flatMap((entry) => entry.devices.map((device) => ({ entry, device })));
  return findOne(
    all,
    ref,
    'device',
    (one) => one.device.name,
    (one) => one.device.key,
  );
}

/** Devices of one server, or of all. A change of a list that was interrupted before it reached the service is sent on the way. */
export async function devices(ctx: Context, server?: string): Promise<Device[]> {
  const { vault } = await readVault(ctx);
  const entries = server === undefined ? vault.servers : [findEntry(vault, server)];
  await sendPending(ctx, entries);
  return Promise.all(entries.flatMap((entry) => entry.devices.map((device) => described(ctx, entry, device))));
}

/**
 * Adds a device: key pair here, new list in the vault, signed list to the service, then waits until the server has applied it.
 * Throws what `makeDevice` throws, with nothing changed.
 */
export async function addDevice(ctx: Context, wanted: NewDevice & { server?: string }): Promise<Changed> {
  const { vault } = await readVault(ctx);
  const target = findEntry(vault, wanted.server);
  await mustExist(ctx, target);
  const device = await makeDevice(ctx, wanted, target.devices);
  try {
    return await changeList(ctx, target.id, device, (entry) => {
      device.slot = placeDevice({ ...wanted, name: device.name, publicKey: device.key }, entry.devices);
      entry.devices.push(device);
    });
  } catch (error) {
    const kept = await isListed(ctx, target.id, device.key);
    if (!kept && wanted.publicKey === undefined) await ctx.store.saveDeviceKey(device.key, null);
    throw error;
  }
}

/** The server must be there, the same as ever, and have no newer list than the vault: an old vault would bring back removed devices. */
async function mustExist(ctx: Context, entry: VaultServer): Promise<void> {
  const view = await serverView(ctx, entry.id);
  if (view.state === 'deleting') throw new LetheError('not_found', 'The server is being deleted. Nothing was changed.');
  checkKeys(entry, view);
  if (view.listCounter > entry.counter || (await signedCounter(ctx, entry)) > entry.counter) throw olderVault();
}

const olderVault = () =>
  new LetheError(
    'stale_counter',
    'The server has a newer device list than the vault, so this change could bring back removed devices. Nothing was changed.',
  );

/** Sends lists whose publishing was interrupted. What cannot be sent now is sent by the next call. */
async function sendPending(ctx: Context, entries: VaultServer[]): Promise<void> {
  const { servers: views } = await answer(() => ctx.client.fleet.GET('/api/servers'));
  for (const entry of entries) {
    const view = views.find((one) => one.id === entry.id);
    if (!view || view.state === 'deleting' || view.listCounter >= entry.counter) continue;
    await publish(ctx, entry).catch((error: unknown) => {
      if (!(error instanceof LetheError)) throw error;
    });
  }
}

/** True also when the vault cannot be read: a private key is dropped only if its device certainly is in no list. */
async function isListed(ctx: Context, server: string, key: string): Promise<boolean> {
  try {
    const { vault } = await readVault(ctx);
    return vault.servers.some((entry) => entry.id === server && entry.devices.some((device) => device.key === key));
  } catch {
    return true;
  }
}

/** Removes a device and waits until the server no longer knows its key. The private key kept here is forgotten. */
export async function removeDevice(ctx: Context, ref: string, server?: string): Promise<Changed> {
  const { entry: target, device } = findDevice((await readVault(ctx)).vault, ref, server);
  await mustExist(ctx, target);
  const changed = await changeList(ctx, target.id, device, (entry) => {
    entry.devices = entry.devices.filter((one) => one.key !== device.key);
  });
  await ctx.store.saveDeviceKey(device.key, null);
  return { ...changed, device: { ...changed.device, keyHere: false } };
}

/** Gives a device another name. The name is in the vault only, so the server learns nothing. */
export async function renameDevice(ctx: Context, ref: string, newName: string, server?: string): Promise<Device> {
  const name = checkName(newName);
  const found = findDevice((await readVault(ctx)).vault, ref, server);
  const vault = await updateVault(ctx, (newest) => {
    const entry = entryOf(newest, found.entry.id);
    if (entry.devices.some((one) => one.key !== found.device.key && sameName(one.name, name))) {
      throw new LetheError('already_exists', 'There is a device with that name on this server. Nothing was changed.');
    }
    deviceOf(entry, found.device.key).name = name;
  });
  const entry = entryOf(vault, found.entry.id);
  return described(ctx, entry, deviceOf(entry, found.device.key));
}

function deviceOf(entry: VaultServer, key: string): VaultDevice {
  const device = entry.devices.find((one) => one.key === key);
  if (!device) throw new LetheError('not_found', 'The device was removed in the meantime. Nothing was changed.');
  return device;
}

/** Writes a changed list with the next counter to the vault, publishes it and waits until the server has it. */
async function changeList(
  ctx: Context,
  id: string,
  device: VaultDevice,
  change: (entry: VaultServer) => void,
): Promise<Changed> {
  const { sealTo } = await ctx.keys();
  const vault = await updateVault(ctx, (newest) => {
    const entry = entryOf(newest, id);
    change(entry);
    entry.counter += 1;
    const list = { server: id, counter: entry.counter, sealTo, devicesMayTalk: entry.devicesMayTalk };
    checkDeviceList({ ...list, devices: entry.devices.map(({ key, slot }) => ({ key, slot })) } satisfies Json);
  });
  const entry = entryOf(vault, id);
  const view = await publish(ctx, entry).catch((error: unknown) => {
    throw error instanceof LetheError ? unsent(error) : error;
  });
  return { device: await described(ctx, entry, device), applied: await confirmed(ctx, entry, view) };
}

/** Waits until the server itself says that it has a list. What the service says of it only tells when to ask. */
async function confirmed(ctx: Context, entry: VaultServer, first: ServerView): Promise<boolean> {
  const end = performance.now() + WAIT_APPLIED_MS;
  for (let view: ServerView | null = first; performance.now() < end; await sleep(ASK_AGAIN_MS)) {
    view = await waitFor(ctx, view, end - performance.now(), (now) => !now || (now.counter ?? 0) >= entry.counter);
    if (!view || (view.counter ?? 0) < entry.counter) return false;
    try {
      if ((await askServer(ctx, entry)).counter >= entry.counter) return true;
    } catch (error) {
      if (!(error instanceof LetheError)) throw error;
      // An answer that is not the server's own confirms nothing, and asking again would not make it so.
      if (!silent(error)) return false;
    }
  }
  return false;
}

const unsent = (cause: LetheError) =>
  new LetheError(
    cause.code,
    `${cause.message} The change is saved in the vault but has not reached the server; listing the devices sends it again.`,
    { cause },
  );

/**
 * Sends the list of a vault entry. If a newer one was faster, it was made from a vault that already holds this change, so sending
 * the newest is enough. Signing is deterministic: sending the same list again is the same request.
 */
async function publish(ctx: Context, entry: VaultServer): Promise<ServerView> {
  const signed = await signDeviceList(await listOf(ctx, entry), await ctx.keys());
  const params = { path: { id: entry.id } };
  try {
    return await answer(() => ctx.client.fleet.PUT('/api/servers/{id}/devices', { params, body: { devices: signed } }));
  } catch (error) {
    if (!(error instanceof LetheError) || error.code !== 'stale_counter') throw error;
    const newest = entryOf((await readVault(ctx)).vault, entry.id);
    if (newest.counter === entry.counter) throw olderVault();
    return publish(ctx, newest);
  }
}

export interface DeviceConfig {
  device: Device;
  /** The configuration in wg-quick's format. */
  text: string;
  endpoint: string;
}

/** The configuration of a device. Throws `not_found` if its private key is not here and the device was not made elsewhere. */
export async function deviceConfig(
  ctx: Context,
  ref: string,
  options: { server?: string; endpoint?: EndpointChoice; withoutKey?: boolean } = {},
): Promise<DeviceConfig> {
  const { entry, device } = findDevice((await readVault(ctx)).vault, ref, options.server);
  const privateKey = options.withoutKey ? null : await ctx.store.loadDeviceKey(device.key);
  if (!privateKey && !options.withoutKey) {
    throw new LetheError(
      'not_found',
      'The private key of this device is not here: only the client that made it has it. Remove the device and add it again, or use the configuration you saved.',
    );
  }
  const view = await serverView(ctx, entry.id);
  const endpoint = chooseEndpoint(view.endpoints, options.endpoint);
  const { keys } = await pinKeys(ctx, entry, view);
  if (!keys)
    throw new LetheError('not_found', 'The server has no key yet: it is still being created. Try again in a moment.');
  const text = configText({ privateKey, slot: device.slot, serverKey: keys.wireguard, endpoint });
  return { device: await described(ctx, entry, device), text, endpoint };
}
