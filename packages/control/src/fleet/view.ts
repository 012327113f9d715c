/** What the owner of a server sees. A server of somebody else is as good as none. */

import { LetheError } from '@lethe/core';
import type { FleetContext, FleetDb, FleetTx } from './context.ts';
import type { ServerViewType } from './schemas.ts';

/** Milliseconds a request waits for a change. */
export const LONG_POLL_MS = 25_000;

const select = (db: FleetDb | FleetTx) =>
  db
    .selectFrom('servers')
    .innerJoin('hosts', 'hosts.id', 'servers.host_id')
    .selectAll('servers')
    .select(['hosts.region_id', 'hosts.public_addresses']);

type Row = Awaited<ReturnType<ReturnType<typeof select>['executeTakeFirstOrThrow']>>;

/** The view of one server. Throws `not_found` unless the key is its owner's. */
export async function showServer(ctx: { db: FleetDb | FleetTx }, id: string, owner: string): Promise<ServerViewType> {
  const row = await select(ctx.db).where('servers.id', '=', id).where('owner_key', '=', owner).executeTakeFirst();
  if (!row) throw notFound();
  return viewOf(row);
}

/** All servers of an owner, by id. */
export async function listServers(ctx: { db: FleetDb | FleetTx }, owner: string): Promise<ServerViewType[]> {
  const rows = await select(ctx.db).where('owner_key', '=', owner).orderBy('servers.id').execute();
  return rows.map(viewOf);
}

/** The view once its revision is above `after`; the present one when nothing changes for 25 s. Throws `not_found`. */
export async function waitForServer(
  ctx: FleetContext,
  id: string,
  owner: string,
  after: number,
  signal: AbortSignal,
): Promise<ServerViewType> {
  const end = ctx.clock.now() + LONG_POLL_MS;
  for (;;) {
    // Watching begins before reading, so that a change in between wakes the wait.
    const watch = ctx.watchers.watch(id, Math.max(0, end - ctx.clock.now()), signal);
    try {
      const view = await showServer(ctx, id, owner);
      if (view.revision > after || signal.aborted || ctx.clock.now() >= end) return view;
      await watch.changed;
      if (ctx.watchers.closed) return await showServer(ctx, id, owner);
    } finally {
      watch.stop();
    }
  }
}

export const notFound = (): LetheError => new LetheError('not_found', 'There is no such server under this owner key.');

function viewOf(row: Row): ServerViewType {
  return {
    id: row.id,
    region: row.region_id,
    engine: row.engine,
    state: row.state,
    stage: row.stage,
    failure: row.failure,
    endpoints: row.public_addresses.map((address) => endpoint(address, row.port)),
    nodeKey: row.node_key,
    wireguardKey: row.wireguard_key,
    counter: row.applied_counter,
    listCounter: row.list_counter,
    leaseUntil: row.lease_until,
    revision: row.revision,
  };
}

/** `host:port`, with brackets around an IPv6 address. */
export const endpoint = (address: string, port: number): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
