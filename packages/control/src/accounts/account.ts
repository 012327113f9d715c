/** The account itself: what it holds, and its end. */

import { dayOf } from '@lethe/core';
import { dropCode } from './codes.ts';
import type { AccountsContext } from './context.ts';
import { currentPeriod } from './plan.ts';
import type { AccountView } from './schemas.ts';
import { notSignedIn } from './sessions.ts';

export async function describeAccount(ctx: AccountsContext, accountId: string): Promise<AccountView> {
  const row = await ctx.db
    .selectFrom('accounts')
    .selectAll()
    .where('id', '=', accountId)
    .executeTakeFirstOrThrow(notSignedIn);
  const samePeriod = currentPeriod(row.period_start, dayOf(ctx.clock.now())) === row.period_start;
  return {
    email: row.email,
    createdOn: row.created_on,
    plan: {
      name: row.plan,
      active: row.plan_active,
      serversPerPeriod: row.servers_per_period,
      issued: samePeriod ? row.issued : 0,
    },
  };
}

/** Deletes the account with its sessions, its vault and a code under way (CL-18). */
export async function closeAccount(ctx: AccountsContext, accountId: string): Promise<void> {
  await ctx.db.transaction().execute(async (tx) => {
    const { email } = await tx
      .deleteFrom('accounts')
      .where('id', '=', accountId)
      .returning('email')
      .executeTakeFirstOrThrow(notSignedIn);
    await dropCode(ctx, tx, email);
    await ctx.forgetSoon(tx);
  });
}
