/** The subscription: how many vouchers an account gets in a period. The count is all that is stored about vouchers on this side. */

import { addDays, dayOf, LetheError } from '@lethe/core';
import { crashPoint } from '../crash-points.ts';
import type { AccountsContext } from './context.ts';
import { notSignedIn } from './sessions.ts';

export const PERIOD_DAYS = 30;

/** The start of the period that a day falls into. */
export function currentPeriod(start: string, today: string): string {
  const periods = Math.floor((Date.parse(today) - Date.parse(start)) / (PERIOD_DAYS * 86_400_000));
  return periods <= 0 ? start : addDays(start, periods * PERIOD_DAYS);
}

/** Issues a voucher for one server lease. Throws `no_entitlement`. */
export async function issueVoucher(ctx: AccountsContext, accountId: string): Promise<string> {
  const today = dayOf(ctx.clock.now());
  await ctx.db.transaction().execute(async (tx) => {
    const account = await tx
      .selectFrom('accounts')
      .select(['period_start', 'issued', 'servers_per_period', 'plan_active'])
      .where('id', '=', accountId)
      .forUpdate()
      .executeTakeFirstOrThrow(notSignedIn);
    const period = currentPeriod(account.period_start, today);
    const issued = period === account.period_start ? account.issued : 0;
    if (!account.plan_active) throw new LetheError('no_entitlement', 'There is no active subscription.');
    if (issued >= account.servers_per_period) {
      throw new LetheError(
        'no_entitlement',
        `The ${account.servers_per_period} servers of this period are used up. The next period begins on ${addDays(period, PERIOD_DAYS)}.`,
      );
    }
    await tx
      .updateTable('accounts')
      .set({ period_start: period, issued: issued + 1 })
      .where('id', '=', accountId)
      .execute();
  });
  crashPoint('voucher.counted');
  return ctx.issuer.issue();
}
