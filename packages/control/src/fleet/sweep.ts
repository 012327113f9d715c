/** The daily round of the fleet plane: leases that have run out end, spent vouchers and join tokens that have expired are forgotten. */

import { addDays, dayOf } from '@lethe/core';
import type { FleetContext } from './context.ts';
import { markDeleting } from './delete.ts';
import { purgeJoinTokens } from './join.ts';
import { purgeSpentVouchers } from './vouchers.ts';

/** Days a server of a host that never came back is kept in `deleting` before its row is dropped. */
const LOST_HOST_DAYS = 30;

export async function sweepFleet(ctx: FleetContext): Promise<void> {
  const today = dayOf(ctx.clock.now());
  await endLeases(ctx, today);
  await dropLost(ctx, addDays(today, -LOST_HOST_DAYS));
  await purgeSpentVouchers(ctx, today);
  await purgeJoinTokens(ctx, today);
}

async function endLeases(ctx: FleetContext, today: string): Promise<void> {
  const ended = await ctx.db
    .selectFrom('servers')
    .select('id')
    .where('lease_until', '<', today)
    .where('state', '<>', 'deleting')
    .execute();
  for (const { id } of ended) await endLease(ctx, id, today);
}

/** One server per transaction. The lease is looked at again under the lock: it may have been renewed in between. */
async function endLease(ctx: FleetContext, id: string, today: string): Promise<void> {
  await ctx.db.transaction().execute(async (tx) => {
    const row = await tx
      .selectFrom('servers')
      .select(['id', 'host_id', 'handed_over'])
      .where('id', '=', id)
      .where('lease_until', '<', today)
      .where('state', '<>', 'deleting')
      .forUpdate()
      .executeTakeFirst();
    if (!row) return;
    await markDeleting(ctx, tx, row);
    if (!row.handed_over) await tx.deleteFrom('servers').where('id', '=', id).execute();
  });
}

/**
 * Rows of servers whose host never said that they are gone, long after their lease. Safe to drop: a host ends every server that is
 * absent from its desired state as soon as it connects.
 */
async function dropLost(ctx: FleetContext, before: string): Promise<void> {
  await ctx.db.deleteFrom('servers').where('state', '=', 'deleting').where('lease_until', '<', before).execute();
}
