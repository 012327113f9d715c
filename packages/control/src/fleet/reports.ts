/** What a host reports about its servers. A report about a server of another host, or about one that is ending, changes nothing. */

import type { HostFailure, HostStage, HostToControl } from '@lethe/core';
import { sql } from 'kysely';
import type { FleetContext } from './context.ts';
import { freePort } from './ports.ts';
import type { FleetTables } from './tables.ts';

/** What a host says of itself at the start of each connection. */
export async function onHello(
  ctx: FleetContext,
  hostId: string,
  hello: Extract<HostToControl, { type: 'hello' }>,
): Promise<void> {
  ctx.busyPorts.forget(hostId);
  await ctx.db
    .updateTable('hosts')
    .set({
      engines: hello.engines,
      default_engine: hello.defaultEngine,
      public_addresses: hello.publicAddresses,
      port_first: hello.ports.first,
      port_count: hello.ports.count,
    })
    .where('id', '=', hostId)
    .execute();
}

/** A stage of a birth was reached. The same stage again is no change. */
export async function onStage(ctx: FleetContext, hostId: string, server: string, stage: HostStage): Promise<void> {
  await change(ctx, hostId, server, { state: stage === 'ready' ? 'ready' : 'starting', stage, failure: null });
}

/** The list in force on the server. */
export async function onApplied(ctx: FleetContext, hostId: string, server: string, counter: number): Promise<void> {
  await change(ctx, hostId, server, { applied_counter: counter });
}

/** A server could not be brought up. A port that another program took is exchanged for a free one. */
export async function onFailed(ctx: FleetContext, hostId: string, server: string, failure: HostFailure): Promise<void> {
  if (failure === 'port_in_use' && (await movePort(ctx, hostId, server))) return;
  await change(ctx, hostId, server, { state: 'failed', failure });
}

async function change(
  ctx: FleetContext,
  hostId: string,
  server: string,
  fields: Partial<Record<'state' | 'stage' | 'failure' | 'applied_counter', string | number | null>>,
): Promise<void> {
  const differs = Object.entries(fields).map(
    ([name, value]) => sql<boolean>`${sql.ref(name)} is distinct from ${value}`,
  );
  await ctx.db.transaction().execute(async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('servers')
      .set({ ...(fields as Partial<FleetTables['servers']>), revision: sql`revision + 1` } as never)
      .where('id', '=', server)
      .where('host_id', '=', hostId)
      .where('state', '<>', 'deleting')
      .where(sql<boolean>`(${sql.join(differs, sql` or `)})`)
      .executeTakeFirst();
    if (numUpdatedRows > 0n) await ctx.bus.notify(tx, { kind: 'server', server });
  });
}

/** Gives a server another port of its host. False if there is none left, or no such server. */
async function movePort(ctx: FleetContext, hostId: string, server: string): Promise<boolean> {
  return ctx.db.transaction().execute(async (tx) => {
    const host = await tx
      .selectFrom('hosts')
      .select(['id', 'port_first', 'port_count'])
      .where('id', '=', hostId)
      .forUpdate()
      .executeTakeFirstOrThrow();
    const row = await tx
      .selectFrom('servers')
      .select('port')
      .where('id', '=', server)
      .where('host_id', '=', hostId)
      .where('state', '<>', 'deleting')
      .forUpdate()
      .executeTakeFirst();
    if (!row) return false;
    ctx.busyPorts.add(hostId, row.port);
    const port = await freePort(tx, host, ctx.busyPorts.of(hostId));
    if (port === undefined) return false;
    await tx
      .updateTable('servers')
      .set({ port, state: 'wanted', stage: null, failure: null, revision: sql`revision + 1` })
      .where('id', '=', server)
      .execute();
    await ctx.bus.notify(tx, { kind: 'host', host: hostId });
    await ctx.bus.notify(tx, { kind: 'server', server });
    return true;
  });
}
