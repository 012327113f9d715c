/** Looking at servers: what the service says, joined with what only the vault knows. */

import { LetheError } from '@lethe/core';
import { answer } from './client.ts';
import type { Context } from './context.ts';
import { findOne } from './lookup.ts';
import type { Region, ServerView } from './schema.ts';
import { keysDiffer } from './server-keys.ts';
import type { Vault, VaultServer } from './vault.ts';
import { readVault } from './vault-sync.ts';

/** A server as its owner sees it: what the service says, with what only the vault knows. */
export interface Server {
  id: string;
  /** Null if the vault is not at hand or has no entry. */
  name: string | null;
  createdOn: string | null;
  /** Devices in the vault; null if the vault is not at hand. */
  deviceCount: number | null;
  /** What the service says; null if it does not know the server: its creation was interrupted, or it is gone. */
  view: ServerView | null;
  /** True if the creation was interrupted before the service confirmed it. */
  unfinished: boolean;
  /** True if the service names other keys for it than at first sight: do not use it any more. */
  keyChanged: boolean;
}

export const regions = async (ctx: Context): Promise<Region[]> =>
  (await answer(() => ctx.client.fleet.GET('/api/regions'))).regions;

export const serverView = (ctx: Context, id: string): Promise<ServerView> =>
  answer(() => ctx.client.fleet.GET('/api/servers/{id}', { params: { path: { id } } }));

/** Every server of this owner. Works without a session too; names are then null. */
export async function servers(ctx: Context): Promise<Server[]> {
  const [{ servers: views }, vault] = await Promise.all([
    answer(() => ctx.client.fleet.GET('/api/servers')),
    vaultIfSignedIn(ctx),
  ]);
  const known = views.map((view) =>
    joined(
      view.id,
      vault?.servers.find((entry) => entry.id === view.id),
      view,
    ),
  );
  const missing = (vault?.servers ?? []).filter((entry) => !views.some((view) => view.id === entry.id));
  return [...known, ...missing.map((entry) => joined(entry.id, entry, null))];
}

/** A vault entry and a view of the same server as one. */
export const joined = (id: string, entry: VaultServer | undefined, view: ServerView | null): Server => ({
  id,
  name: entry?.name ?? null,
  createdOn: entry?.createdOn ?? null,
  deviceCount: entry?.devices.length ?? null,
  view,
  unfinished: view === null && entry?.voucher != null,
  keyChanged: entry !== undefined && view !== null && keysDiffer(entry, view),
});

/** One server by name or unique beginning of its id; without a reference, the only one. Throws `not_found` or `bad_request`. */
export async function server(ctx: Context, ref?: string): Promise<Server> {
  return findServer(await servers(ctx), ref);
}
const findServer = (all: Server[], ref?: string): Server =>
  findOne(
    all,
    ref,
    'server',
    (one) => one.name,
    (one) => one.id,
  );

/** The vault, or null without a session or with an owner key that does not open it. */
export async function vaultIfSignedIn(ctx: Context): Promise<Vault | null> {
  try {
    return (await readVault(ctx)).vault;
  } catch (error) {
    if (error instanceof LetheError && (error.code === 'not_signed_in' || error.code === 'recovery_key_needed'))
      return null;
    throw error;
  }
}
