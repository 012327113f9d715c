/** Making a device for a list: its key pair, its slot, and the checks that must fail before anything is changed. */

import {
  LetheError,
  MAX_DEVICES,
  newX25519Private,
  parseWireguardPublicKey,
  slotAddresses,
  TUNNEL,
  toBase64,
  x25519PublicKey,
} from '@lethe/core';
import type { Context } from './context.ts';
import { checkName, sameName } from './lookup.ts';
import type { VaultDevice } from './vault.ts';

export interface NewDevice {
  name: string;
  /** A public key made elsewhere (WireGuard base64); without it a key pair is made and the private half kept in the store. */
  publicKey?: string;
  /** Tunnel address (IPv4 or IPv6 of the tunnel networks); default the next free one. */
  address?: string;
}

/**
 * A device that fits beside `others`. The private key is in the store before anything else knows of the device.
 * Throws `bad_request`, `bad_public_key`, `bad_address`, `address_taken`, `duplicate_key`, `already_exists`, `too_many_devices`.
 */
export async function makeDevice(
  ctx: Context,
  wanted: NewDevice,
  others: readonly VaultDevice[],
): Promise<VaultDevice> {
  const name = checkName(wanted.name);
  if (wanted.publicKey !== undefined) parseWireguardPublicKey(wanted.publicKey);
  const slot = placeDevice({ ...wanted, name }, others);
  if (wanted.publicKey !== undefined) return { key: wanted.publicKey, slot, name };
  const secret = newX25519Private('wireguard');
  const key = toBase64(await x25519PublicKey(secret));
  await ctx.store.saveDeviceKey(key, secret);
  return { key, slot, name };
}

/** The slot for a device beside others, after every check that needs no key. Throws as `makeDevice`. */
export function placeDevice(wanted: NewDevice, others: readonly VaultDevice[]): number {
  if (others.length >= MAX_DEVICES) {
    throw new LetheError(
      'too_many_devices',
      `A server has at most ${MAX_DEVICES} devices. Remove one first; nothing was changed.`,
    );
  }
  if (others.some((device) => sameName(device.name, wanted.name))) {
    throw new LetheError('already_exists', 'There is a device with that name on this server. Nothing was changed.');
  }
  if (others.some((device) => device.key === wanted.publicKey)) {
    throw new LetheError('duplicate_key', 'A device of this server already has this public key. Nothing was changed.');
  }
  const taken = new Set(others.map((device) => device.slot));
  if (wanted.address === undefined) {
    for (let slot = TUNNEL.firstSlot; ; slot += 1) if (!taken.has(slot)) return slot;
  }
  const slot = slotOf(wanted.address);
  if (taken.has(slot))
    throw new LetheError('address_taken', 'Another device of this server has that address. Nothing was changed.');
  return slot;
}

/** The slot whose IPv4 or IPv6 address this is. Throws `bad_address`. */
export function slotOf(address: string): number {
  const wanted = address.trim().toLowerCase();
  for (let slot: number = TUNNEL.firstSlot; slot <= TUNNEL.lastSlot; slot += 1) {
    const { ipv4, ipv6 } = slotAddresses(slot);
    if (wanted === ipv4 || wanted === ipv6) return slot;
  }
  const first = slotAddresses(TUNNEL.firstSlot);
  const last = slotAddresses(TUNNEL.lastSlot);
  throw new LetheError(
    'bad_address',
    `A device address is between ${first.ipv4} and ${last.ipv4} (or ${first.ipv6} and ${last.ipv6}). Nothing was changed.`,
  );
}
