/** The end of a server, and putting it off: deletion and renewal. */

import { isServerId, LetheError } from '@lethe/core';
import { answer } from './client.ts';
import type { Context } from './context.ts';
import { type Server, server, vaultIfSignedIn } from './servers.ts';
import { newVoucher, readVault, removeEntry, updateVault } from './vault-sync.ts';
import { waitFor } from './wait.ts';

const WAIT_GONE_MS = 60_000;

export interface Deleted {
  id: string;
  name: string | null;
  /** `deleting`: the service took the order, its host has not confirmed yet. */
  outcome: 'deleted' | 'deleting';
}

/** Deletes a server and waits until nothing of it is left. Works without a session. Throws `not_found` or `bad_request`. */
export async function deleteServer(ctx: Context, ref?: string, waitMs = WAIT_GONE_MS): Promise<Deleted> {
  const target = await server(ctx, ref);
  return removeServer(ctx, target, waitMs);
}

/** Deletes a server that `servers` returned. */
export async function removeServer(ctx: Context, target: Server, waitMs = WAIT_GONE_MS): Promise<Deleted> {
  // An unfinished creation may have reached the service after all: it is ended like any other.
  const gone = await endServer(ctx, target.id, waitMs);
  await forgetServer(ctx, target, gone && target.unfinished);
  return { id: target.id, name: target.name, outcome: gone ? 'deleted' : 'deleting' };
}

async function endServer(ctx: Context, id: string, waitMs: number): Promise<boolean> {
  if (!isServerId(id)) throw new LetheError('bad_request', 'The id of the server is malformed.');
  try {
    const view = await answer(() => ctx.client.fleet.DELETE('/api/servers/{id}', { params: { path: { id } } }));
    return view === undefined || (await waitFor(ctx, view, waitMs, (now) => now === null)) === null;
  } catch (error) {
    if (error instanceof LetheError && error.code === 'not_found') return true;
    throw error;
  }
}

async function forgetServer(ctx: Context, target: Server, keepVoucher: boolean): Promise<void> {
  const vault = await vaultIfSignedIn(ctx);
  const entry = vault?.servers.find((one) => one.id === target.id);
  if (!entry) return;
  await removeEntry(ctx, target.id, keepVoucher);
  for (const device of entry.devices) await ctx.store.saveDeviceKey(device.key, null);
}

/** Makes the lease longer with a new voucher. Throws `no_entitlement` or `not_found`. */
export async function renewServer(ctx: Context, ref?: string): Promise<Server> {
  const target = await server(ctx, ref);
  if (!target.view) throw new LetheError('not_found', 'The service does not know this server. Nothing was changed.');
  const { vault } = await readVault(ctx);
  const voucher = vault.vouchers[0] ?? (await newVoucher(ctx));
  // In the vault before it is sent: if the answer is lost, the next renewal tries the same voucher.
  await updateVault(ctx, (newest) => {
    if (!newest.vouchers.includes(voucher)) newest.vouchers.push(voucher);
  });
  try {
    const params = { path: { id: target.id } };
    const view = await answer(() => ctx.client.fleet.POST('/api/servers/{id}/renewal', { params, body: { voucher } }));
    await dropVoucher(ctx, voucher);
    return { ...target, view };
  } catch (error) {
    if (error instanceof LetheError && (error.code === 'bad_voucher' || error.code === 'voucher_spent')) {
      await dropVoucher(ctx, voucher);
    }
    throw error;
  }
}

const dropVoucher = (ctx: Context, voucher: string) =>
  updateVault(ctx, (newest) => {
    newest.vouchers = newest.vouchers.filter((one) => one !== voucher);
  });
