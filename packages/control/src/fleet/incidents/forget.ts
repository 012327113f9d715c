/**
 * What incidents must not keep. Nothing may outlive a server that could tell when a customer came or went:
 *
 *  - When a server's row goes, its closed incidents go with it. One that is open stays for the person who has to close it, without the
 *    server and without its deliveries, and with its times cut to the day; that of the last alarm to the hour, which the public log says
 *    anyway. Nothing in it is changed at that moment that could date it: it does not become `gone`, and no channel is told.
 *  - Closed incidents go after 30 days. What waits that long for a channel that was taken away goes too.
 *
 * What a channel was told lies with whoever runs the channel (docs/alarms.md).
 */

import { sql } from 'kysely';
import type { FleetContext, FleetTx } from '../context.ts';

const KEEP_CLOSED_MS = 30 * 86_400_000;

const cut = (unit: 'day' | 'hour', column: string) =>
  sql<Date>`date_trunc(${sql.lit(unit)}, ${sql.ref(column)}, 'UTC')`;

/** Takes a server out of its incidents, in the transaction that removes it. */
export async function forgetServer(tx: FleetTx, server: string): Promise<void> {
  await tx.deleteFrom('incidents').where('server_id', '=', server).where('closed_at', 'is not', null).execute();
  const open = await tx
    .updateTable('incidents')
    .set({
      server_id: null,
      detected_at: cut('day', 'detected_at'),
      alarmed_at: cut('hour', 'alarmed_at'),
      gone_at: cut('day', 'gone_at'),
      acknowledged_at: cut('day', 'acknowledged_at'),
      logged_at: cut('day', 'logged_at'),
    })
    .where('server_id', '=', server)
    .returning('id')
    .execute();
  if (open.length === 0) return;
  // What was delivered says when, by its time and by its number.
  const incidents = open.map(({ id }) => id);
  const about = tx.deleteFrom('deliveries').where('incident_id', 'in', incidents);
  await about.where('delivered_at', 'is not', null).execute();
  await tx
    .updateTable('deliveries')
    .set({ queued_at: cut('day', 'queued_at') })
    .where('incident_id', 'in', incidents)
    .execute();
}

/** Removes incidents that were closed long ago, with their deliveries, and what waits for channels that are none any more. */
export async function purgeIncidents(ctx: Pick<FleetContext, 'db' | 'clock' | 'alarms'>): Promise<void> {
  const before = new Date(ctx.clock.now() - KEEP_CLOSED_MS);
  await ctx.db.deleteFrom('incidents').where('closed_at', '<', before).execute();
  const channels = ctx.alarms.channels.map(({ name }) => name);
  // Without any channel, or with a file that could not be read, nobody knows which were taken away for good.
  if (channels.length === 0 || ctx.alarms.problem !== null) return;
  await ctx.db
    .deleteFrom('deliveries')
    .where('delivered_at', 'is', null)
    .where('queued_at', '<', before)
    .where('channel', 'not in', channels)
    .execute();
}
