/** What a host says is not as it should be on a server, made into incidents. A server that is ending has none. */

import { DRIFT_KINDS, type DriftKind } from '@lethe/core';
import { crashPoint } from '../../crash-points.ts';
import type { FleetContext } from '../context.ts';
import { settle } from './store.ts';

/** Takes the whole set of a server. A report on a server of another host, or on one that is ending, changes nothing. */
export async function onDrift(
  ctx: FleetContext,
  hostId: string,
  server: string,
  kinds: readonly DriftKind[],
): Promise<void> {
  const changed = await ctx.db.transaction().execute(async (tx) => {
    const row = await tx
      .selectFrom('servers')
      .select('id')
      .where('id', '=', server)
      .where('host_id', '=', hostId)
      .where('state', '<>', 'deleting')
      .forUpdate()
      .executeTakeFirst();
    if (!row) return false;
    const { region_id: region } = await tx
      .selectFrom('hosts')
      .select('region_id')
      .where('id', '=', hostId)
      .executeTakeFirstOrThrow();
    return settle(ctx, tx, { subject: { server_id: server }, region, seen: kinds, among: DRIFT_KINDS });
  });
  if (!changed) return;
  crashPoint('incident.stored');
  ctx.alarms.wake();
}
