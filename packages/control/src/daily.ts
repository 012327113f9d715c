/** The daily round of both planes, as a job of each plane: one waiting job at most, which queues its successor when it runs. */

import { type Clock, dayOf } from '@lethe/core';
import type { Pool } from 'pg';
import { purgeCodes } from './accounts/codes.ts';
import type { AccountsContext } from './accounts/context.ts';
import { purgeSessions } from './accounts/sessions.ts';
import { ACCOUNTS_PLANE } from './accounts/tables.ts';
import type { JobQueue } from './db/jobs.ts';
import { tidy } from './db/tidy.ts';
import type { FleetContext } from './fleet/context.ts';
import { sweepFleet } from './fleet/sweep.ts';
import { FLEET_PLANE } from './fleet/tables.ts';

const QUEUE = 'daily';
/** Nobody waits for either. */
const POLL_S = 30;
const FORGET_QUEUE = 'forget';
/** Accounts that are closed within it are forgotten together. */
const FORGET_AFTER_MS = 5 * 60_000;
/** Minutes after midnight UTC. The same for all, so that it tells nothing about anybody. */
const AT_MINUTE = 17;

/** Runs a round now, in the background, and then every day. */
export async function startDaily(jobs: JobQueue, round: () => Promise<void>, now: () => number): Promise<void> {
  await jobs.queue(QUEUE, {
    policy: 'short',
    retryLimit: 3,
    retryDelay: 60,
    expireInSeconds: 600,
    retentionSeconds: 30 * 86_400,
  });
  await jobs.work(
    QUEUE,
    async () => {
      await jobs.send(QUEUE, {}, undefined, nextRound(now()));
      await round();
    },
    POLL_S,
  );
  await jobs.send(QUEUE, {});
}

/** Starts the work that writes the accounts plane anew soon after an account was closed; returns what queues it. */
export async function startForgetting(
  jobs: JobQueue,
  pool: Pool,
  clock: Clock,
): Promise<AccountsContext['forgetSoon']> {
  await jobs.queue(FORGET_QUEUE, {
    policy: 'short',
    retryLimit: 3,
    retryDelay: 60,
    expireInSeconds: 600,
    retentionSeconds: 86_400,
  });
  await jobs.work(FORGET_QUEUE, () => tidy(pool, ACCOUNTS_PLANE), POLL_S);
  return (tx) => jobs.send(FORGET_QUEUE, {}, tx, new Date(clock.now() + FORGET_AFTER_MS));
}

/** The next time the round is due, strictly after a time in Unix milliseconds. */
export function nextRound(now: number): Date {
  const due = Date.parse(dayOf(now)) + AT_MINUTE * 60_000;
  return new Date(due > now ? due : due + 86_400_000);
}

export async function accountsRound(ctx: Pick<AccountsContext, 'db' | 'clock'>, pool: Pool): Promise<void> {
  const today = dayOf(ctx.clock.now());
  await purgeCodes(ctx, today);
  await purgeSessions(ctx, today);
  await tidy(pool, ACCOUNTS_PLANE);
}

export async function fleetRound(ctx: FleetContext, pool: Pool): Promise<void> {
  await sweepFleet(ctx);
  await tidy(pool, FLEET_PLANE);
}
