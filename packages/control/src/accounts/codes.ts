/**
 * One-time codes by e-mail. Stored is an HMAC of the code, filed under an HMAC of the address; the minute in which the code was made
 * goes into the HMAC and is not stored, so that the table holds no time of a sign-in finer than a day (CL-08), works with several
 * control processes, and outlives a restart. A row ends with its use, with too many wrong tries, or with the daily round.
 */

import { createHmac, randomInt, timingSafeEqual } from 'node:crypto';
import { dayOf, LetheError } from '@lethe/core';
import { sql } from 'kysely';
import { MAILS_PER_ADDRESS } from './attempts.ts';
import type { AccountsContext } from './context.ts';
import { normalizeEmail } from './email.ts';

export const CODE_DIGITS = 8;
export const CODE_MINUTES = 10;
/** Wrong tries of all requesters together that end a code; one requester has fewer, see attempts.ts. */
export const CODE_TRIES = 20;
/** Codes of one address that are kept: as many as can be mailed within the life of one, across the edge of a window. */
const MOST_CODES = 2 * MAILS_PER_ADDRESS;
/** How far back a code is recognized as expired instead of wrong, in minutes. */
const EXPIRED_MINUTES = 120;

type Context = Pick<AccountsContext, 'db' | 'clock' | 'codeSecret' | 'mailer' | 'attempts'>;

const minuteOf = (clock: Context['clock']): number => Math.floor(clock.now() / 60_000);

const keyOf = (ctx: Context, email: string): Buffer =>
  createHmac('sha256', ctx.codeSecret.reveal()).update(`email\n${email}`).digest();

const macOf = (ctx: Context, email: string, code: string, minute: number): Buffer =>
  createHmac('sha256', ctx.codeSecret.reveal()).update(`code\n${email}\n${code}\n${minute}`).digest();

/**
 * Makes a code and queues its mail in the same transaction. Codes made before stay good, so that nobody ends somebody else's by asking
 * for another one. Says nothing about whether an account exists. `requester` is the key of the one who asks. Throws `bad_email`.
 */
export async function sendCode(ctx: Context, text: string, requester: string): Promise<void> {
  const email = normalizeEmail(text);
  if (!ctx.attempts.mayMail(email, requester)) return;
  const code = randomInt(10 ** CODE_DIGITS)
    .toString()
    .padStart(CODE_DIGITS, '0');
  const key = keyOf(ctx, email);
  await ctx.db.transaction().execute(async (tx) => {
    await lockAddress(tx, key);
    const newest = await tx
      .selectFrom('codes')
      .select('number')
      .where('email_key', '=', key)
      .orderBy('number', 'desc')
      .executeTakeFirst();
    const number = (newest?.number ?? 0) + 1;
    await tx
      .insertInto('codes')
      .values({
        email_key: key,
        number,
        code_mac: macOf(ctx, email, code, minuteOf(ctx.clock)),
        tries_left: CODE_TRIES,
        requested_on: dayOf(ctx.clock.now()),
      })
      .execute();
    await tx
      .deleteFrom('codes')
      .where('email_key', '=', key)
      .where('number', '<=', number - MOST_CODES)
      .execute();
    await ctx.mailer.enqueue(tx, codeMail(email, code));
  });
}

/** Requests for codes of one address take turns. */
async function lockAddress(tx: Context['db'], key: Buffer): Promise<void> {
  await sql`select pg_advisory_xact_lock(${key.readBigInt64BE(0).toString()}::bigint)`.execute(tx);
}

/**
 * Spends a code: right and in time. Every other code of its address ends with it. Returns the normalized address.
 * Throws `bad_email`, `wrong_code` (also for a used one), `code_expired` or `too_many_requests`.
 */
export async function spendCode(ctx: Context, text: string, typed: string, requester: string): Promise<string> {
  const email = normalizeEmail(text);
  const code = typed.replaceAll(/[\s-]/g, '');
  if (!ctx.attempts.mayTry(email, requester)) {
    throw new LetheError('too_many_requests', 'Too many wrong codes. Wait ten minutes, then ask for a new one.');
  }
  const verdict = await tryCode(ctx, email, code);
  if (verdict === 'wrong_code') ctx.attempts.failed(email, requester);
  if (verdict === 'code_expired') {
    throw new LetheError(verdict, `The code is older than ${CODE_MINUTES} minutes. Ask for a new one.`);
  }
  if (verdict === 'wrong_code') {
    throw new LetheError(verdict, 'The code is not right or was used already. Check the mail or ask for a new code.');
  }
  return email;
}

async function tryCode(ctx: Context, email: string, code: string): Promise<'right' | 'wrong_code' | 'code_expired'> {
  const key = keyOf(ctx, email);
  return ctx.db.transaction().execute(async (tx) => {
    const codes = tx.selectFrom('codes').selectAll().where('email_key', '=', key).orderBy('number').forUpdate();
    const found = findCode(ctx, email, code, await codes.execute());
    const ofAddress = tx.deleteFrom('codes').where('email_key', '=', key);
    if (!found) {
      await ofAddress.where('tries_left', '<=', 1).execute();
      await tx
        .updateTable('codes')
        .set((row) => ({ tries_left: row('tries_left', '-', 1) }))
        .where('email_key', '=', key)
        .execute();
      return 'wrong_code';
    }
    if (found.age < CODE_MINUTES) {
      await ofAddress.execute();
      return 'right';
    }
    await ofAddress.where('number', '=', found.number).execute();
    return 'code_expired';
  });
}

/** The stored code that was typed, and the minutes since it was made. The whole range is searched, whatever matches. */
function findCode(
  ctx: Context,
  email: string,
  code: string,
  stored: readonly { number: number; code_mac: Buffer }[],
): { number: number; age: number } | undefined {
  const now = minuteOf(ctx.clock);
  let found: { number: number; age: number } | undefined;
  for (let age = EXPIRED_MINUTES; stored.length > 0 && age >= 0; age -= 1) {
    const mac = macOf(ctx, email, code, now - age);
    for (const { number, code_mac } of stored) if (timingSafeEqual(mac, code_mac)) found = { number, age };
  }
  return found;
}

/** Ends what was left of sign-ins that were never finished. `today` is a day (YYYY-MM-DD). */
export async function purgeCodes(ctx: Pick<AccountsContext, 'db'>, today: string): Promise<void> {
  await ctx.db.deleteFrom('codes').where('requested_on', '<', today).execute();
}

/** Ends the codes of an address whose account is closed. */
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
