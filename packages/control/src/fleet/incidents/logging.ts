/**
 * Alarms on their way into the public log. An incident whose alarm is not there yet says so in its row, so that a log that cannot be
 * written now loses nothing. The log takes each region, kind and hour once: what else was raised in that hour is covered by the entry.
 */

import { LetheError } from '@lethe/core';
import type { FleetContext } from '../context.ts';

const HOUR_S = 3600;

/**
 * Logs what is not logged yet. Rejects if the log could not be written: what is left is tried again. An entry that the log does not take
 * holds up none behind it.
 */
export async function logAlarms(ctx: FleetContext): Promise<void> {
  if (!ctx.proof) return;
  const waiting = await ctx.db
    .selectFrom('incidents')
    .select(['id', 'region_id', 'kind', 'alarmed_at'])
    .where('logged_at', 'is', null)
    .orderBy('alarmed_at')
    .limit(100)
    .execute();
  const refused: unknown[] = [];
  for (const { id, region_id: region, kind, alarmed_at: at } of waiting) {
    const second = Math.floor(at.getTime() / 1000);
    try {
      await ctx.proof.alarm({ region, kind, raisedAt: second - (second % HOUR_S) });
    } catch (error) {
      // The log cannot be written, which is so for all of them.
      if (!(error instanceof LetheError && error.code === 'bad_alarm')) throw error;
      refused.push(error);
      continue;
    }
    await ctx.db
      .updateTable('incidents')
      .set({ logged_at: new Date(ctx.clock.now()) })
      .where('id', '=', id)
      // Raised again meanwhile: that alarm is not logged yet. A server that went meanwhile has only cut the time.
      .where('alarmed_at', '<=', at)
      .execute();
  }
  if (refused.length > 0) throw refused[0];
}
