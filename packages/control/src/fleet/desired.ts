/** The whole desired state of one host. */

import type { ControlToHost } from '@lethe/core';
import type { FleetContext } from './context.ts';
import { enrolmentToken } from './enrolment.ts';

export type DesiredState = Extract<ControlToHost, { type: 'desired' }>;

/** Reads the desired state and marks its servers as known to the host, before anything of it is sent. */
export async function desiredState(ctx: FleetContext, hostId: string): Promise<DesiredState> {
  return ctx.db.transaction().execute(async (tx) => {
    await tx
      .updateTable('servers')
      .set({ handed_over: true })
      .where('host_id', '=', hostId)
      .where('state', '<>', 'deleting')
      .where('handed_over', '=', false)
      .execute();
    const rows = await tx.selectFrom('servers').selectAll().where('host_id', '=', hostId).orderBy('id').execute();
    const servers = rows
      .filter((row) => row.state !== 'deleting')
      .map((row) => ({
        server: row.id,
        engine: row.engine,
        port: row.port,
        ownerKey: row.owner_key,
        devices: row.devices,
        enrolmentToken: row.node_key === null ? enrolmentToken(ctx.enrolmentSecret, row.id) : null,
      }));
    return { type: 'desired', servers, gone: rows.filter((row) => row.state === 'deleting').map((row) => row.id) };
  });
}
