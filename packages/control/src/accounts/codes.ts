/**
 * One-time codes by e-mail. Stored is an HMAC of the code, filed under an HMAC of the address; the minute in which the code was made
 * goes into the HMAC and is not stored, so that the table holds no time of a sign-in finer than a day (CL-08), works with several
 * control processes, and outlives a restart. A row ends with its use, with five wrong tries, or with the daily sweep.
 */

import { createHmac, randomInt, timingSafeEqual } from 'node:crypto';
import { dayOf, LetheError } from '@lethe/core';
import type { AccountsContext } from './context.ts';
import { normalizeEmail } from './email.ts';

export const CODE_DIGITS = 8;
export const CODE_MINUTES = 10;
export const CODE_TRIES = 5;
/** How far back a code is recognized as expired instead of wrong, in minutes. */
const EXPIRED_MINUTES = 120;

type Context = Pick<AccountsContext, 'db' | 'clock' | 'codeSecret' | 'mailer'>;

const minuteOf = (clock: Context['clock']): number => Math.floor(clock.now() / 60_000);

const keyOf = (ctx: Context, email: string): Buffer =>
  createHmac('sha256', ctx.codeSecret.reveal()).update(`email\n${email}`).digest();

const macOf = (ctx: Context, email: string, code: string, minute: number): Buffer =>
  createHmac('sha256', ctx.codeSecret.reveal()).update(`code\n${email}\n${code}\n${minute}`).digest();

/**
 * Makes a code, replaces an earlier one, and queues the mail in the same transaction. Says nothing about whether an account exists.
 * Throws `bad_email`.
 */
export async function sendCode(ctx: Context, text: string): Promise<void> {
  const email = normalizeEmail(text);
  if (!ctx.mailer.mayMail(email)) return;
  const code = randomInt(10 ** CODE_DIGITS)
    .toString()
    .padStart(CODE_DIGITS, '0');
  const row = {
    code_mac: macOf(ctx, email, code, minuteOf(ctx.clock)),
    tries_left: CODE_TRIES,
    requested_on: dayOf(ctx.clock.now()),
  };
  await ctx.db.transaction().execute(async (tx) => {
    await tx
      .insertInto('codes')
      .values({ email_key: keyOf(ctx, email), ...row })
      .onConflict((conflict) => conflict.column('email_key').doUpdateSet(row))
      .execute();
    await ctx.mailer.enqueue(tx, codeMail(email, code));
  });
}

/**
 * Spends a code: right, in time and the newest of its address. Returns the normalized address.
 * Throws `bad_email`, `wrong_code` (also for a used one) or `code_expired`.
 */
export async function spendCode(ctx: Context, text: string, typed: string): Promise<string> {
  const email = normalizeEmail(text);
  const code = typed.replaceAll(/[\s-]/g, '');
  const verdict = await ctx.db.transaction().execute(async (tx) => {
    const key = keyOf(ctx, email);
    const row = await tx.selectFrom('codes').selectAll().where('email_key', '=', key).forUpdate().executeTakeFirst();
    if (!row) return 'wrong_code';
    const age = ageOf(ctx, email, code, row.code_mac);
    if (age === undefined && row.tries_left > 1) {
      await tx
        .updateTable('codes')
        .set({ tries_left: row.tries_left - 1 })
        .where('email_key', '=', key)
        .execute();
      return 'wrong_code';
    }
    await tx.deleteFrom('codes').where('email_key', '=', key).execute();
    if (age === undefined) return 'wrong_code';
    return age < CODE_MINUTES ? 'right' : 'code_expired';
  });
  if (verdict === 'code_expired') {
    throw new LetheError(verdict, `The code is older than ${CODE_MINUTES} minutes. Ask for a new one.`);
  }
  if (verdict === 'wrong_code') {
    throw new LetheError(
      verdict,
      'The code is not right or was used already. Check the newest mail or ask for a new code.',
    );
  }
  return email;
}

/** Minutes since the stored code was made, if the typed one is that code. The whole range is searched, whatever matches. */
function ageOf(ctx: Context, email: string, code: string, stored: Buffer): number | undefined {
  const now = minuteOf(ctx.clock);
  let found: number | undefined;
  for (let age = EXPIRED_MINUTES; age >= 0; age -= 1) {
    if (timingSafeEqual(macOf(ctx, email, code, now - age), stored)) found = age;
  }
  return found;
}

/** Ends what was left of sign-ins that were never finished. `today` is a day (YYYY-MM-DD). */
export async function purgeCodes(ctx: Pick<AccountsContext, 'db'>, today: string): Promise<void> {
  await ctx.db.deleteFrom('codes').where('requested_on', '<', today).execute();
}

/** Ends the code of an address whose account is closed. */
export async function dropCode(ctx: Context, tx: Context['db'], email: string): Promise<void> {
  await tx.deleteFrom('codes').where('email_key', '=', keyOf(ctx, email)).execute();
}

function codeMail(to: string, code: string) {
  const shown = `${code.slice(0, 4)} ${code.slice(4)}`;
  return {
    to,
    subject: 'Your Lethe sign-in code',
    text: `Your code is ${shown}\n\nIt is good for ${CODE_MINUTES} minutes, once. If you did not ask for it, do nothing: without the code nobody signs in.`,
  };
}
