/** Reading and changing the vault against the service, with optimistic versions and a check against old copies. */

import { type DeviceList, LetheError } from '@lethe/core';
import { answer } from './client.ts';
import type { Context } from './context.ts';
import { emptyVault, openVault, sealVault, type Vault, type VaultServer } from './vault.ts';

/** Attempts against other devices that change the vault at the same moment. */
const ATTEMPTS = 8;

/**
 * The newest vault and its version; an empty vault at version 0 if there is none. Throws `stale_counter` if the service offers one
 * that is older than what this device has seen.
 */
export async function readVault(ctx: Context): Promise<{ version: number; vault: Vault }> {
  const { version, ciphertext } = await answer(() => ctx.client.accounts.GET('/api/account/vault'));
  if (ciphertext === null) return { version, vault: emptyVault() };
  const vault = await openVault(ciphertext, version, (await ctx.keys()).vault);
  const marks = await ctx.store.loadMarks();
  const old = vault.servers.some((server) => server.counter < (marks.counters[server.id] ?? 0));
  if (version < marks.vaultVersion || old) {
    throw new LetheError(
      'stale_counter',
      'The service offers an older vault than this device has seen. Nothing was changed. If this goes on, do not trust the service.',
    );
  }
  await remember(ctx, version, vault);
  return { version, vault };
}

/**
 * Changes the vault. `change` edits the newest document in place and may throw to leave everything as it was; it runs again on the
 * newer document when another device was faster, which is how changes merge. Returns the vault as written.
 */
export const updateVault = (ctx: Context, change: (vault: Vault) => void): Promise<Vault> =>
  ctx.queue(async () => {
    const { vault: key } = await ctx.keys();
    for (let attempt = 1; ; attempt += 1) {
      const { version, vault } = await readVault(ctx);
      change(vault);
      const next = version + 1;
      const ciphertext = await sealVault(vault, next, key);
      try {
        await answer(() => ctx.client.accounts.PUT('/api/account/vault', { body: { version: next, ciphertext } }));
        await remember(ctx, next, vault);
        return vault;
      } catch (error) {
        if (!(error instanceof LetheError) || error.code !== 'stale_counter' || attempt === ATTEMPTS) throw error;
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 50 * attempt));
      }
    }
  });

/**
 * Notes what this device has seen, and keeps the vault in memory. Counters are kept also when the vault starts anew: otherwise an old copy could be slipped in after
 * an empty one.
 */
export async function remember(ctx: Context, vaultVersion: number, vault: Vault): Promise<void> {
  await ctx.changeMarks((marks) => {
    marks.vaultVersion = vaultVersion;
    for (const server of vault.servers) marks.counters[server.id] = server.counter;
  });
  ctx.lastVault = structuredClone(vault);
}

/** The vault's entry of a server. Throws `not_found`. */
export function entryOf(vault: Vault, id: string): VaultServer {
  const entry = vault.servers.find((server) => server.id === id);
  if (!entry) throw new LetheError('not_found', 'The vault has no entry for this server. Nothing was changed.');
  return entry;
}

/** Removes an entry that the service refused; an unspent voucher goes back to the vault's stock. */
export const removeEntry = (ctx: Context, id: string, keepVoucher: boolean): Promise<Vault> =>
  updateVault(ctx, (vault) => {
    const entry = vault.servers.find((one) => one.id === id);
    if (entry?.voucher && keepVoucher) vault.vouchers.push(entry.voucher);
    vault.servers = vault.servers.filter((one) => one.id !== id);
  });

/** The device list that a vault entry stands for, unsigned. */
export async function listOf(ctx: Context, entry: VaultServer): Promise<DeviceList> {
  const { sealTo } = await ctx.keys();
  const devices = entry.devices.map(({ key, slot }) => ({ key, slot }));
  return { server: entry.id, counter: entry.counter, sealTo, devicesMayTalk: entry.devicesMayTalk, devices };
}

/** A fresh voucher from the accounts plane. Throws `no_entitlement`. */
export const newVoucher = async (ctx: Context): Promise<string> =>
  (await answer(() => ctx.client.accounts.POST('/api/account/vouchers', { body: {} }))).voucher;
