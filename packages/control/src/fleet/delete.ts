/**
 * Ending a server. Its row stays, in state `deleting`, until the host says that nothing of it is left: as long as a machine may run,
 * its port is not given to another server and its owner sees the truth. A server that no host has ever heard of goes at once.
 */

import { sql } from 'kysely';
import { crashPoint } from '../crash-points.ts';
import type { FleetContext, FleetTx } from './context.ts';
import { forgetServer } from './incidents/forget.ts';
import type { ServerViewType } from './schemas.ts';
import { notFound, showServer } from './view.ts';

/** Marks a server for its end and tells its host. Repeating it changes nothing. Throws `not_found`. */
export async function deleteServer(ctx: FleetContext, id: string, owner: string): Promise<ServerViewType> {
  const view = await ctx.db.transaction().execute(async (tx) => {
    const row = await tx
      .selectFrom('servers')
      .select(['state', 'host_id', 'handed_over'])
      .where('id', '=', id)
      .where('owner_key', '=', owner)
      .forUpdate()
      .executeTakeFirst();
    if (!row) throw notFound();
    if (row.state !== 'deleting') await markDeleting(ctx, tx, { id, host_id: row.host_id });
    const marked = await showServer({ db: tx }, id, owner);
    if (!row.handed_over) await removeServer(tx, id);
    crashPoint('delete.marked');
    return marked;
  });
  crashPoint('delete.committed');
  return view;
}

/** Moves a server to `deleting` in the caller's transaction. */
export async function markDeleting(
  ctx: FleetContext,
  tx: FleetTx,
  row: { id: string; host_id: string },
): Promise<void> {
  await tx
    .updateTable('servers')
    .set({ state: 'deleting', stage: null, failure: null, revision: sql`revision + 1` })
    .where('id', '=', row.id)
    .execute();
  await ctx.bus.notify(tx, { kind: 'host', host: row.host_id });
  await ctx.bus.notify(tx, { kind: 'server', server: row.id });
}

/** The host has nothing left of a server: the row goes. A server that is still wanted is not touched. */
export async function finishDeleting(ctx: FleetContext, hostId: string, id: string): Promise<void> {
  const removed = await ctx.db.transaction().execute(async (tx) => {
    const row = await tx
      .selectFrom('servers')
      .select('id')
      .where('id', '=', id)
      .where('host_id', '=', hostId)
      .where('state', '=', 'deleting')
      .forUpdate()
      .executeTakeFirst();
    if (!row) return false;
    await removeServer(tx, id);
    await ctx.bus.notify(tx, { kind: 'server', server: id });
    crashPoint('delete.row-removed');
    return true;
  });
  if (removed) crashPoint('delete.finished');
}

/** Removes the row of a server, and what would outlive it in its incidents. The caller holds the row. */
export async function removeServer(tx: FleetTx, id: string): Promise<void> {
  await forgetServer(tx, id);
  await tx.deleteFrom('servers').where('id', '=', id).execute();
}
