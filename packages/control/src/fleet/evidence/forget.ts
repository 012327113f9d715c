/** How long evidence is kept beside the log. */

import type { FleetContext } from '../context.ts';

/** Days that openings can be asked for. What an owner has kept stays good: the log forgets nothing. */
const KEPT_DAYS = 31;

export async function purgeEvidence(ctx: FleetContext): Promise<void> {
  const last = Math.floor(ctx.clock.now() / 1000) - KEPT_DAYS * 86_400;
  await ctx.db.deleteFrom('evidence').where('begins', '<', last).execute();
  await ctx.db.deleteFrom('epochs').where('begins', '<', last).execute();
}
