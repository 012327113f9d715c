/** The live status of a server: signed and sealed by the server, opened and checked here, never readable on the way. */

import { isOnline, type ServerStatus } from '@lethe/core';
import { askServer } from './ask-server.ts';
import type { Context } from './context.ts';
import { type Device, described, findEntry } from './devices.ts';
import type { VaultDevice, VaultServer } from './vault.ts';
import { readVault } from './vault-sync.ts';

export interface LiveDevice extends Device {
  online: boolean;
  /** Whole seconds; null before the first handshake since the server was born. */
  handshakeAgeS: number | null;
  receivedBytes: number;
  sentBytes: number;
}

export interface LiveStatus {
  server: { id: string; name: string };
  /** Seconds since the server last forgot everything. */
  uptimeS: number;
  /** Blocked lookups since then, rounded down to a power of ten. */
  blocked: number;
  /** True if the newest settings are in force. */
  settingsCurrent: boolean;
  /** True if the device list in force is the newest one. */
  current: boolean;
  devices: LiveDevice[];
}

/**
 * Asks a server, through the service, what it knows right now; only this owner can open the
 * answer, and only the server could sign it. Names come from the vault in
 * memory, read again only when the server has a newer list: a page that asks every few seconds would otherwise ask the accounts
 * plane and the fleet plane in the same breath, over and over.
 */
export async function status(ctx: Context, ref?: string): Promise<LiveStatus> {
  const vault = ctx.lastVault ?? (await readVault(ctx)).vault;
  const known = findEntry(vault, ref);
  const { id } = known;
  const live = await askServer(ctx, known);
  const entry = live.counter > known.counter ? findEntry((await readVault(ctx)).vault, id) : known;
  return {
    server: { id, name: entry.name },
    uptimeS: live.uptimeS,
    blocked: live.blocked,
    settingsCurrent: live.settingsCounter === (entry.settings?.counter ?? 0),
    current: live.counter === entry.counter,
    devices: await Promise.all(entry.devices.map((device) => liveDevice(ctx, entry, device, live))),
  };
}

async function liveDevice(
  ctx: Context,
  entry: VaultServer,
  device: VaultDevice,
  live: ServerStatus,
): Promise<LiveDevice> {
  const seen = live.devices.find((one) => one.key === device.key);
  return {
    ...(await described(ctx, entry, device)),
    online: seen !== undefined && isOnline(seen),
    handshakeAgeS: seen?.handshakeAgeS ?? null,
    receivedBytes: seen?.receivedBytes ?? 0,
    sentBytes: seen?.sentBytes ?? 0,
  };
}
