/** Spending a voucher. Stored is only a hash of it, until it would have expired anyway: nothing links it to a server. */

import { dayOf, LetheError } from '@lethe/core';
import type { FleetContext, FleetTx } from './context.ts';

/** Marks a voucher as spent in the caller's transaction. Throws `bad_voucher` or `voucher_spent`. */
export async function spendVoucher(ctx: FleetContext, tx: FleetTx, voucher: string): Promise<void> {
  const { spentKey, expires } = await ctx.redeemer.check(voucher, dayOf(ctx.clock.now()));
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('spent_vouchers')
    .values({ spent_key: Buffer.from(spentKey), expires_on: expires })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (!numInsertedOrUpdatedRows) {
    throw new LetheError('voucher_spent', 'This voucher was used already. Nothing was changed. Ask for a new one.');
  }
}

/** Forgets vouchers that have expired: they are refused for their age now. */
export async function purgeSpentVouchers(ctx: Pick<FleetContext, 'db'>, today: string): Promise<void> {
  await ctx.db.deleteFrom('spent_vouchers').where('expires_on', '<', today).execute();
}
