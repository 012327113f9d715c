/** Making a server: voucher, place and row in one transaction, so that a crash leaves all of it or nothing. */

import { addDays, type DsseEnvelope, dayOf, openDeviceList } from '@lethe/core';
import { sql } from 'kysely';
import { crashPoint } from '../crash-points.ts';
import type { FleetContext, FleetTx } from './context.ts';
import { findPlace } from './placement.ts';
import type { ServerViewType } from './schemas.ts';
import { notFound, showServer } from './view.ts';
import { spendVoucher } from './vouchers.ts';

export const LEASE_DAYS = 30;

export interface CreateRequest {
  id: string;
  owner: string;
  voucher: string;
  region: string;
  engine: string;
  devices: DsseEnvelope;
}

/**
 * Makes a server, or finds the one that an earlier try of the same owner made (`created` is false, the voucher stays unspent).
 * Throws what `openDeviceList`, `findPlace` and `spendVoucher` throw, and `not_found` for an id that belongs to somebody else.
 */
export async function createServer(
  ctx: FleetContext,
  request: CreateRequest,
): Promise<{ view: ServerViewType; created: boolean }> {
  const list = await openDeviceList(request.devices, request.id, request.owner);
  const result = await ctx.db.transaction().execute(async (tx) => {
    await lockId(tx, request.id);
    const existing = await tx.selectFrom('servers').select('owner_key').where('id', '=', request.id).executeTakeFirst();
    if (existing && existing.owner_key !== request.owner) throw notFound();
    if (existing) return { view: await showServer({ db: tx }, request.id, request.owner), created: false };

    const place = await findPlace(ctx, tx, request.region, request.engine);
    await spendVoucher(ctx, tx, request.voucher);
    crashPoint('create.voucher-spent');
    await tx
      .insertInto('servers')
      .values({
        id: request.id,
        owner_key: request.owner,
        host_id: place.hostId,
        engine: place.engine,
        port: place.port,
        state: 'wanted',
        devices: JSON.stringify(request.devices),
        list_counter: list.counter,
        lease_until: addDays(dayOf(ctx.clock.now()), LEASE_DAYS),
      })
      .execute();
    await ctx.bus.notify(tx, { kind: 'host', host: place.hostId });
    crashPoint('create.stored');
    return { view: await showServer({ db: tx }, request.id, request.owner), created: true };
  });
  crashPoint('create.committed');
  return result;
}

/** Two requests for the same id wait for each other: the second one finds what the first one made. */
async function lockId(tx: FleetTx, id: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${id}, 0))`.execute(tx);
}
