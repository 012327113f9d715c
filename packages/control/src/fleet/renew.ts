/** A longer lease for another voucher. */

import { addDays, dayOf } from '@lethe/core';
import { sql } from 'kysely';
import type { FleetContext } from './context.ts';
import { LEASE_DAYS } from './create.ts';
import type { ServerViewType } from './schemas.ts';
import { notFound, showServer } from './view.ts';
import { spendVoucher } from './vouchers.ts';

/** Adds 30 days to the lease and spends the voucher, both or neither. Throws `not_found`, `bad_voucher`, `voucher_spent`. */
export async function renewLease(
  ctx: FleetContext,
  id: string,
  owner: string,
  voucher: string,
): Promise<ServerViewType> {
  return ctx.db.transaction().execute(async (tx) => {
    const row = await tx
      .selectFrom('servers')
      .select('lease_until')
      .where('id', '=', id)
      .where('owner_key', '=', owner)
      .where('state', '<>', 'deleting')
      .forUpdate()
      .executeTakeFirst();
    if (!row) throw notFound();
    await spendVoucher(ctx, tx, voucher);
    const today = dayOf(ctx.clock.now());
    const [, from] = [row.lease_until, today].toSorted() as [string, string];
    await tx
      .updateTable('servers')
      .set({ lease_until: addDays(from, LEASE_DAYS), revision: sql`revision + 1` })
      .where('id', '=', id)
      .execute();
    await ctx.bus.notify(tx, { kind: 'server', server: id });
    return showServer({ db: tx }, id, owner);
  });
}
