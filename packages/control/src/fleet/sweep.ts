/**
 * The daily round of the fleet plane: leases that have run out end, spent vouchers, join tokens and closed incidents are
 * forgotten when their time is over.
 * The row of a server that a host may still run stays until the host says that it is gone: a host ends nothing that is not named.
 */

import { dayOf } from '@lethe/core';
import type { FleetContext } from './context.ts';
import { markDeleting, removeServer } from './delete.ts';
import { purgeEvidence } from './evidence/forget.ts';
import { purgeIncidents } from './incidents/forget.ts';
import { purgeJoinTokens } from './join.ts';
import { purgeSpentVouchers } from './vouchers.ts';

export async function sweepFleet(ctx: FleetContext): Promise<void> {
  const today = dayOf(ctx.clock.now());
  await endLeases(ctx, today);
  await purgeSpentVouchers(ctx, today);
  await purgeJoinTokens(ctx, today);
  await purgeIncidents(ctx);
  await purgeEvidence(ctx);
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
    if (!row.handed_over) await removeServer(tx, id);
  });
}
