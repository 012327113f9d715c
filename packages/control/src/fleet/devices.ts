/** A newer device list for a server. The checks here spare the owner a wait; the ones that count are made by the server itself. */

import { compareDeviceLists, type DsseEnvelope, openDeviceList } from '@lethe/core';
import { sql } from 'kysely';
import type { FleetContext } from './context.ts';
import type { ServerViewType } from './schemas.ts';
import { notFound, showServer } from './view.ts';

/** Stores a list and tells the host. The list already stored is accepted again without a change. Throws `stale_counter` and what `openDeviceList` throws. */
export async function updateDevices(
  ctx: FleetContext,
  id: string,
  owner: string,
  devices: DsseEnvelope,
): Promise<ServerViewType> {
  const list = await openDeviceList(devices, id, owner);
  return ctx.db.transaction().execute(async (tx) => {
    const row = await tx
      .selectFrom('servers')
      .select(['devices', 'host_id'])
      .where('id', '=', id)
      .where('owner_key', '=', owner)
      .where('state', '<>', 'deleting')
      .forUpdate()
      .executeTakeFirst();
    if (!row) throw notFound();
    const current = await openDeviceList(row.devices, id, owner);
    if (compareDeviceLists(current, list) === 'newer') {
      await tx
        .updateTable('servers')
        .set({ devices: JSON.stringify(devices), list_counter: list.counter, revision: sql`revision + 1` })
        .where('id', '=', id)
        .execute();
      await ctx.bus.notify(tx, { kind: 'host', host: row.host_id });
      await ctx.bus.notify(tx, { kind: 'server', server: id });
    }
    return showServer({ db: tx }, id, owner);
  });
}
