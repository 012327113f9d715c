/**
 * Sessions: a random token held by the customer, its SHA-256 held here. A session ends at the first day of the month after next:
 * that is the only time in the row, and it is the same for everybody who signed in during a month, so that the table is no record
 * of sign-in times (CL-08). There is no "last used".
 */

import { createHash } from 'node:crypto';
import { dayOf, LetheError, newToken } from '@lethe/core';
import { sql } from 'kysely';
import { spendCode } from './codes.ts';
import type { AccountsContext } from './context.ts';

const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();

/** The first day of the month after next, for a day written YYYY-MM-DD. */
export function sessionEnd(today: string): string {
  const [year, month] = today.split('-').map(Number) as [number, number];
  return dayOf(Date.UTC(year, month + 1, 1));
}

/** Spends a code and opens a session; makes the account at the first sign-in. Throws what `spendCode` throws. */
export async function signIn(ctx: AccountsContext, email: string, code: string, requester: string): Promise<string> {
  const address = await spendCode(ctx, email, code, requester);
  const today = dayOf(ctx.clock.now());
  const token = newToken();
  await ctx.db.transaction().execute(async (tx) => {
    const { id } = await tx
      .insertInto('accounts')
      .values({ email: address, created_on: today, period_start: today })
      .onConflict((conflict) => conflict.column('email').doUpdateSet({ email: sql.ref('excluded.email') }))
      .returning('id')
      .executeTakeFirstOrThrow();
    await tx
      .insertInto('sessions')
      .values({ token_hash: hashOf(token), account_id: id, expires_on: sessionEnd(today) })
      .execute();
  });
  return token;
}

/** The account a token belongs to. Throws `not_signed_in`. */
export async function accountOf(ctx: AccountsContext, token: string | undefined): Promise<string> {
  const row =
    token &&
    (await ctx.db
      .selectFrom('sessions')
      .select('account_id')
      .where('token_hash', '=', hashOf(token))
      .where('expires_on', '>', dayOf(ctx.clock.now()))
      .executeTakeFirst());
  if (!row) throw notSignedIn();
  return row.account_id;
}

/** Ends one session. Succeeds if there is none. */
export async function signOut(ctx: AccountsContext, token: string | undefined): Promise<void> {
  if (token) await ctx.db.deleteFrom('sessions').where('token_hash', '=', hashOf(token)).execute();
}

/** Removes sessions that have ended. */
export async function purgeSessions(ctx: Pick<AccountsContext, 'db'>, today: string): Promise<void> {
  await ctx.db.deleteFrom('sessions').where('expires_on', '<=', today).execute();
}

/** Also what a request gets whose account was closed while it ran. */
export const notSignedIn = (): LetheError =>
  new LetheError('not_signed_in', 'You are not signed in, or the session has ended. Sign in again.');
