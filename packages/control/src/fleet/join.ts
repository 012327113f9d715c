/** How a machine becomes a host: a one-time token from the operator, then its own key. */

import { createHash } from 'node:crypto';
import { addDays, dayOf, LetheError, newToken } from '@lethe/core';
import type { FleetContext } from './context.ts';

const TOKEN_DAYS = 1;
const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();

/** A one-time token with which one host may join, good until the end of tomorrow. Only its hash is stored. */
export async function issueJoinToken(ctx: Pick<FleetContext, 'db' | 'clock'>): Promise<string> {
  const token = newToken();
  const expires = addDays(dayOf(ctx.clock.now()), TOKEN_DAYS);
  await ctx.db
    .insertInto('join_tokens')
    .values({ token_hash: hashOf(token), expires_on: expires })
    .execute();
  return token;
}

export interface JoinRequest {
  token: string;
  hostKey: string;
  region: { id: string; name: string };
}

/**
 * Lets a host in and spends the token. A key that is known keeps its id and its region and needs no token: joining again after a lost
 * answer is the same join. Throws `bad_signature` if another key signed, `bad_voucher` for a token that is wrong, used or old.
 */
export async function joinHost(
  ctx: FleetContext,
  signer: string,
  request: JoinRequest,
): Promise<{ hostId: string; joined: boolean }> {
  if (signer !== request.hostKey) {
    throw new LetheError('bad_signature', 'The request is not signed with the host key that it names.');
  }
  return ctx.db.transaction().execute(async (tx) => {
    const { numDeletedRows } = await tx
      .deleteFrom('join_tokens')
      .where('token_hash', '=', hashOf(request.token))
      .where('expires_on', '>=', dayOf(ctx.clock.now()))
      .executeTakeFirst();
    const known = await tx.selectFrom('hosts').select('id').where('host_key', '=', request.hostKey).executeTakeFirst();
    if (known) return { hostId: known.id, joined: false };
    if (numDeletedRows === 0n) {
      throw new LetheError('bad_voucher', 'The join token is wrong, was used, or is too old. Ask for a new one.');
    }
    await tx
      .insertInto('regions')
      .values(request.region)
      .onConflict((conflict) => conflict.column('id').doNothing())
      .execute();
    const { id } = await tx
      .insertInto('hosts')
      .values({ host_key: request.hostKey, region_id: request.region.id })
      .returning('id')
      .executeTakeFirstOrThrow();
    return { hostId: id, joined: true };
  });
}

/** A host as its channel needs it. */
export interface Host {
  id: string;
  number: number;
}

/** The host of an id whose key signed the request. Throws `not_found`. */
export async function checkHost(ctx: FleetContext, id: string, signer: string): Promise<Host> {
  const host = await ctx.db
    .selectFrom('hosts')
    .select(['id', 'number'])
    .where('id', '=', id)
    .where('host_key', '=', signer)
    .executeTakeFirst();
  if (!host) throw new LetheError('not_found', 'There is no such host with this key. Join again with a new token.');
  return host;
}

export async function purgeJoinTokens(ctx: Pick<FleetContext, 'db'>, today: string): Promise<void> {
  await ctx.db.deleteFrom('join_tokens').where('expires_on', '<', today).execute();
}
