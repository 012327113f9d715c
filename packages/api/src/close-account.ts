/** Closing an account: only the owner key can end servers, so they go first; what cannot be reached ends with its lease. */

import { LetheError } from '@lethe/core';
import { answer } from './client.ts';
import type { Context } from './context.ts';
import { removeServer } from './end-server.ts';
import { type Server, servers } from './servers.ts';

export interface ClosedServer {
  id: string;
  name: string | null;
  /** `deleting`: ordered, but its host has not confirmed. `unreached`: the order failed; the server ends with its lease. */
  outcome: 'deleted' | 'deleting' | 'unreached';
  /** YYYY-MM-DD; null if the service does not know the server. */
  leaseUntil: string | null;
}

/** Longest wait for one server to be gone, in milliseconds. */
const WAIT_GONE_MS = 30_000;

/**
 * Deletes every server, then the account. The owner key stays on this device only if a server was not confirmed gone, so that it
 * can still be deleted. Throws `not_signed_in` before anything is changed.
 */
export async function closeAccount(
  ctx: Context,
  onServer: (closed: ClosedServer) => void = () => {},
): Promise<ClosedServer[]> {
  await answer(() => ctx.client.accounts.GET('/api/account'));
  const closed = await Promise.all(
    (await listIfOwner(ctx)).map(async (one) => {
      const result = await endOne(ctx, one);
      onServer(result);
      return result;
    }),
  );
  await answer(() => ctx.client.accounts.DELETE('/api/account'));
  if (closed.every((one) => one.outcome === 'deleted')) await ctx.store.clear();
  else await ctx.store.saveToken(null);
  ctx.dropKeys();
  return closed;
}

/** Without an owner key on this device there is nothing it could delete. */
async function listIfOwner(ctx: Context): Promise<Server[]> {
  return (await ctx.store.loadSeed()) ? servers(ctx) : [];
}

async function endOne(ctx: Context, one: Server): Promise<ClosedServer> {
  const about = { id: one.id, name: one.name, leaseUntil: one.view?.leaseUntil ?? null };
  try {
    return { ...about, outcome: (await removeServer(ctx, one, WAIT_GONE_MS)).outcome };
  } catch (error) {
    if (error instanceof LetheError) return { ...about, outcome: 'unreached' };
    throw error;
  }
}
