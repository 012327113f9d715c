/** Live status: asked of the server through its host, passed on as ciphertext, kept nowhere. The server signs it for the asker's challenge. */

import { LetheError } from '@lethe/core';
import type { FleetContext } from './context.ts';
import { notFound } from './view.ts';

/** The sealed status. Throws `not_found`, `unreachable` (no such machine now, or its host is away) or `timeout`. */
export async function askStatus(ctx: FleetContext, id: string, owner: string, challenge: string): Promise<string> {
  const row = await ctx.db
    .selectFrom('servers')
    .select('host_id')
    .where('id', '=', id)
    .where('owner_key', '=', owner)
    .executeTakeFirst();
  if (!row) throw notFound();
  const sealed = await ctx.channels.ask(ctx, row.host_id, id, challenge);
  if (sealed === null) {
    throw new LetheError(
      'unreachable',
      'The server does not answer now. If it has just been made, wait until it is ready.',
    );
  }
  return sealed;
}
