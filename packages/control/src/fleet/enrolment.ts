/** A server's first word: its public keys, with a one-time token that proves it was born for this id. */

import { createHmac, timingSafeEqual } from 'node:crypto';
import {
  canonicalBytes,
  type Enrolment,
  fromBase64,
  fromBase64Url,
  parseWireguardPublicKey,
  type Secret,
  toBase64Url,
  verify,
} from '@lethe/core';
import { sql } from 'kysely';
import { crashPoint } from '../crash-points.ts';
import type { FleetContext } from './context.ts';

/** The token of a server: an HMAC of its id, so that none is stored. It is spent once the server's node key is set. */
export function enrolmentToken(secret: Secret<'token'>, server: string): string {
  return toBase64Url(createHmac('sha256', secret.reveal()).update(`enrolment\n${server}`).digest());
}

/**
 * Enrols a server of a host. True if its keys are stored now; the same keys again are accepted again, because an answer can be
 * lost. False for a wrong token, a wrong signature, unusable keys, or a server that has other keys.
 */
export async function enrol(ctx: FleetContext, hostId: string, enrolment: Enrolment): Promise<boolean> {
  if (!(await isGenuine(ctx, enrolment))) return false;
  const { server, nodeKey, wireguardKey } = enrolment;
  const accepted = await ctx.db.transaction().execute(async (tx) => {
    const row = await tx
      .selectFrom('servers')
      .select(['node_key', 'wireguard_key'])
      .where('id', '=', server)
      .where('host_id', '=', hostId)
      .where('state', '<>', 'deleting')
      .forUpdate()
      .executeTakeFirst();
    if (!row) return false;
    if (row.node_key !== null) return row.node_key === nodeKey && row.wireguard_key === wireguardKey;
    await tx
      .updateTable('servers')
      .set({
        node_key: nodeKey,
        wireguard_key: wireguardKey,
        due_from: ctx.evidence.dueFrom(ctx.clock.now()),
        revision: sql`revision + 1`,
      })
      .where('id', '=', server)
      .execute();
    await ctx.bus.notify(tx, { kind: 'server', server });
    return true;
  });
  if (accepted) crashPoint('enrol.stored');
  return accepted;
}

async function isGenuine(ctx: FleetContext, enrolment: Enrolment): Promise<boolean> {
  const expected = Buffer.from(enrolmentToken(ctx.enrolmentSecret, enrolment.server));
  const given = Buffer.from(enrolment.token);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return false;
  const { signature, ...signed } = enrolment;
  try {
    parseWireguardPublicKey(enrolment.wireguardKey);
    return await verify(fromBase64Url(enrolment.nodeKey), canonicalBytes(signed), fromBase64(signature));
  } catch {
    return false;
  }
}
