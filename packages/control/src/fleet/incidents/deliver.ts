/**
 * Deliveries: each is tried until it is delivered, in the order in which they were queued for its channel. One that fails holds up those
 * behind it, since a channel that cannot take one takes none.
 *
 * A delivery is claimed before it is sent, by moving its next attempt beyond the longest send. A channel with a claim or a pause in it is
 * not free, for any process on this database: so two deliveries to one channel never overlap. A process that is killed while it sends
 * leaves a claim that runs out; the delivery is sent again then. Receivers may get an event twice, never not at all.
 */

import { NO_REGION } from '@lethe/core';
import { sql } from 'kysely';
import type { FleetContext } from '../context.ts';
import type { Channel } from './channels.ts';
import { SEND_TIMEOUT_MS, type SendAlarmMail, send, type Told } from './send.ts';
import { settle } from './store.ts';

const CLAIM_MS = 3 * SEND_TIMEOUT_MS;
const FIRST_PAUSE_MS = 5000;
const LONGEST_PAUSE_MS = 600_000;
/** A channel that takes nothing for so long is an incident of its own. */
export const CHANNEL_SILENT_MS = 15 * 60_000;
/** First half of the advisory lock under which a channel's next delivery is claimed. */
const CLAIM_LOCK = 0x6c657461;

/** Milliseconds until the next attempt after so many. */
export const pauseAfter = (attempts: number): number =>
  Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempts - 1, 20));

interface Claimed extends Told {
  delivery: number;
  attempts: number;
}

/** Sends what waits for a channel, until nothing is due. */
export async function deliver(
  ctx: FleetContext,
  channel: Channel,
  mail: SendAlarmMail,
  stop: AbortSignal,
): Promise<void> {
  while (!stop.aborted) {
    const claimed = await claim(ctx, channel.name);
    if (!claimed) return;
    const taken = await send(channel, claimed, mail, stop);
    const now = new Date(ctx.clock.now());
    await ctx.db
      .updateTable('deliveries')
      .set(
        taken
          ? { delivered_at: now, next_at: now, failed_at: null }
          : {
              next_at: new Date(now.getTime() + pauseAfter(claimed.attempts)),
              failed_at: sql<Date>`coalesce(failed_at, ${now})`,
            },
      )
      .where('id', '=', claimed.delivery)
      .execute();
  }
}

/** The oldest delivery of a channel, if the channel is free. */
async function claim(ctx: FleetContext, channel: string): Promise<Claimed | undefined> {
  const now = new Date(ctx.clock.now());
  return ctx.db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(${CLAIM_LOCK}, hashtext(${channel}))`.execute(tx);
    const waiting = tx.selectFrom('deliveries').where('channel', '=', channel).where('delivered_at', 'is', null);
    if (await waiting.select('id').where('next_at', '>', now).limit(1).executeTakeFirst()) return undefined;
    const oldest = await waiting.selectAll().orderBy('id').limit(1).executeTakeFirst();
    if (!oldest) return undefined;
    const attempts = oldest.attempts + 1;
    await tx
      .updateTable('deliveries')
      .set({ attempts, next_at: new Date(now.getTime() + CLAIM_MS) })
      .where('id', '=', oldest.id)
      .execute();
    const incident = await tx
      .selectFrom('incidents')
      .selectAll()
      .where('id', '=', oldest.incident_id)
      .executeTakeFirstOrThrow();
    return {
      delivery: oldest.id,
      attempts,
      id: incident.id,
      event: oldest.event,
      kind: incident.kind,
      region: incident.region_id,
      server: incident.server_id,
      since: incident.detected_at,
      at: oldest.queued_at,
    };
  });
}

/** Channels of the file that have taken nothing for too long. */
export async function silentChannels(ctx: FleetContext): Promise<Set<string>> {
  const rows = await ctx.db
    .selectFrom('deliveries')
    .select('channel')
    .distinct()
    .where('delivered_at', 'is', null)
    .where('failed_at', '<=', new Date(ctx.clock.now() - CHANNEL_SILENT_MS))
    .execute();
  const named = new Set(ctx.alarms.channels.map(({ name }) => name));
  return new Set(rows.map(({ channel }) => channel).filter((channel) => named.has(channel)));
}

/** Opens an incident for each channel that is silent, and marks it gone when it takes something again or is no channel any more. */
export async function watchChannels(ctx: FleetContext): Promise<void> {
  const silent = await silentChannels(ctx);
  const known = await ctx.db
    .selectFrom('incidents')
    .select(['channel', 'gone_at'])
    .where('kind', '=', 'channel_silent')
    .where('closed_at', 'is', null)
    .execute();
  const standing = new Set(known.filter(({ gone_at }) => gone_at === null).map(({ channel }) => channel!));
  for (const channel of silent.symmetricDifference(standing)) {
    const seen = silent.has(channel) ? (['channel_silent'] as const) : [];
    await ctx.db
      .transaction()
      .execute((tx) => settle(ctx, tx, { subject: { channel }, region: NO_REGION, seen, among: ['channel_silent'] }));
  }
}
