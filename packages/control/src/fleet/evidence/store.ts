/** What hosts report of looks at their servers, one row for each server and epoch. */

import { dayOf, epochOf, LetheError, type Letters, type Look, verifyLook } from '@lethe/core';
import type { FleetContext } from '../context.ts';

export interface Reported {
  look: Look;
  signature: string;
  outside: Letters;
}

/**
 * Takes a look at a server of this host that is due. One for another epoch than the present or the last one, of another length, that the
 * server's node key did not sign, or that comes again or too late, changes nothing: the epoch has a gap then, which is what such a report is.
 */
export async function onEvidence(
  ctx: FleetContext,
  hostId: string,
  { look, signature, outside }: Reported,
): Promise<void> {
  const { server, begins, seconds, inside } = look;
  const now = epochOf(ctx.clock.now(), seconds);
  if (seconds !== ctx.evidence.seconds || (begins !== now && begins !== now - seconds)) return;
  const row = await ctx.db
    .selectFrom('servers')
    .select(['node_key', 'due_from'])
    .where('id', '=', server)
    .where('host_id', '=', hostId)
    .where('state', '<>', 'deleting')
    .executeTakeFirst();
  if (!row?.node_key || row.due_from === null || row.due_from > dayOf(begins * 1000)) return;
  try {
    await verifyLook(look, signature, row.node_key);
  } catch (error) {
    if (error instanceof LetheError) return;
    throw error;
  }
  await ctx.db
    .insertInto('evidence')
    .columns(['server_id', 'begins', 'seconds', 'inside', 'signature', 'outside'])
    .expression((from) =>
      // The server may have gone meanwhile.
      from
        .selectFrom('servers')
        .select((select) => [
          'servers.id',
          select.val(begins).as('begins'),
          select.val(seconds).as('seconds'),
          select.val(inside).as('inside'),
          select.val(signature).as('signature'),
          select.val(outside).as('outside'),
        ])
        .where('servers.id', '=', server),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
