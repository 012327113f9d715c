/**
 * Questions of an owner to a server: put through its host, answered by the server, passed on as ciphertext, kept nowhere. The server
 * signs its answer for the asker's challenge.
 */

import { LetheError } from '@lethe/core';
import type { ServerQuestion } from './bus.ts';
import type { FleetContext } from './context.ts';
import { notFound } from './view.ts';

/**
 * The sealed answer; empty for `forget`, once it has begun. Throws `not_found`, `unreachable` (no such machine now, or its host is
 * away) or `timeout`.
 */
export async function askServer(ctx: FleetContext, id: string, owner: string, ask: ServerQuestion): Promise<string> {
  const row = await ctx.db
    .selectFrom('servers')
    .select('host_id')
    .where('id', '=', id)
    .where('owner_key', '=', owner)
    .executeTakeFirst();
  if (!row) throw notFound();
  const sealed = await ctx.channels.ask(ctx, row.host_id, id, ask);
  if (sealed === null) {
    throw new LetheError(
      'unreachable',
      'The server does not answer now. If it has just been made, wait until it is ready.',
    );
  }
  return sealed;
}
