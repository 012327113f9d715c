/**
 * The signed list of a server's devices. Only the owner can make one; the node checks it itself, so that the control plane cannot
 * add a device to anyone's server (claims CL-12, CL-16). A list with a lower counter than the last accepted one is a replay.
 */

import { fromBase64Url } from './bytes.ts';
import { canonicalBytes, type Json, parseCanonical } from './canonical.ts';
import { type DsseEnvelope, openEnvelope, signEnvelope } from './dsse.ts';
import { LetheError } from './errors.ts';
import type { OwnerKeys } from './owner.ts';
import { TUNNEL } from './tunnel.ts';
import { checkX25519PublicKey, parseWireguardPublicKey } from './x25519.ts';

export const DEVICE_LIST_TYPE = 'application/vnd.lethe.device-list.v1+json';
export const MAX_DEVICES = 10;

export interface Device {
  /** WireGuard public key, standard base64. */
  key: string;
  /** Host number in the tunnel networks, 2 to 254: see `deviceAddresses`. */
  slot: number;
}

export interface DeviceList {
  /** 32 hexadecimal digits. A list signed for one server is refused by every other. */
  server: string;
  /** Rises by at least one with each change; 1 at first. */
  counter: number;
  /** X25519 public key, base64url: what the server seals its live status to. */
  sealTo: string;
  /** True if the owner's devices may reach each other through the tunnel. */
  devicesMayTalk: boolean;
  devices: Device[];
}

function bad(why: string): never {
  throw new LetheError('bad_device_list', `The device list is refused: ${why}.`);
}

/** Throws `bad_device_list`, `bad_public_key`, `bad_address`, `duplicate_key`, `address_taken` or `too_many_devices`. */
export function checkDeviceList(value: Json): DeviceList {
  const list = value as unknown as DeviceList;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return bad('it is not an object');
  if (Object.keys(list).toSorted().join() !== 'counter,devices,devicesMayTalk,sealTo,server')
    return bad('it has other fields than the format');
  if (!isServerId(list.server)) return bad('its server id is malformed');
  if (!Number.isSafeInteger(list.counter) || list.counter < 1) return bad('its counter is not a positive integer');
  if (typeof list.devicesMayTalk !== 'boolean') return bad('devicesMayTalk is not true or false');
  if (typeof list.sealTo !== 'string' || !Array.isArray(list.devices)) return bad('a field has the wrong type');
  checkX25519PublicKey(fromBase64Url(list.sealTo));
  if (list.devices.length > MAX_DEVICES)
    throw new LetheError('too_many_devices', `A server has at most ${MAX_DEVICES} devices.`);
  const keys = new Set<string>();
  const slots = new Set<number>();
  for (const device of list.devices) {
    if (typeof device !== 'object' || device === null || Object.keys(device).toSorted().join() !== 'key,slot')
      return bad('a device has other fields than the format');
    if (typeof device.key !== 'string') return bad('a device key is not text');
    parseWireguardPublicKey(device.key);
    if (!Number.isInteger(device.slot) || device.slot < TUNNEL.firstSlot || device.slot > TUNNEL.lastSlot) {
      throw new LetheError('bad_address', 'A device address is outside the tunnel network.');
    }
    if (keys.has(device.key)) throw new LetheError('duplicate_key', 'Two devices have the same public key.');
    if (slots.has(device.slot)) throw new LetheError('address_taken', 'Two devices have the same tunnel address.');
    keys.add(device.key);
    slots.add(device.slot);
  }
  return list;
}

/** True for 32 lower-case hexadecimal digits. */
export const isServerId = (text: unknown): text is string => typeof text === 'string' && /^[0-9a-f]{32}$/.test(text);

/** Signs a list with the owner's key, after the same checks the node makes. */
export async function signDeviceList(list: DeviceList, owner: OwnerKeys): Promise<DsseEnvelope> {
  checkDeviceList(list as unknown as Json);
  return signEnvelope(DEVICE_LIST_TYPE, canonicalBytes(list as unknown as Json), owner.sign, owner.ownerKey);
}

/** Opens and checks a list for one server and owner. Throws `bad_signature`, `bad_encoding` and what `checkDeviceList` throws. */
export async function openDeviceList(envelope: DsseEnvelope, server: string, ownerKey: string): Promise<DeviceList> {
  const list = checkDeviceList(parseCanonical(await openEnvelope(envelope, DEVICE_LIST_TYPE, ownerKey)));
  if (list.server !== server) throw new LetheError('bad_device_list', 'The device list was signed for another server.');
  return list;
}

/**
 * Whether `next` may take the place of `current`. Returns 'same' for the identical envelope (a repeated delivery), 'newer' for a
 * higher counter; throws `stale_counter` for anything else, so that a replayed or forked list changes nothing.
 */
export function compareDeviceLists(current: DeviceList | undefined, next: DeviceList): 'same' | 'newer' {
  if (!current || next.counter > current.counter) return 'newer';
  if (next.counter === current.counter && sameList(current, next)) return 'same';
  throw new LetheError('stale_counter', 'A newer device list is already in force.');
}

const sameList = (a: DeviceList, b: DeviceList): boolean =>
  canonicalBytes(a as unknown as Json).toString() === canonicalBytes(b as unknown as Json).toString();
