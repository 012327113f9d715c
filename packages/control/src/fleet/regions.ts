/** Regions as everybody may see them: what is offered and whether there is room, nothing about hosts or their numbers. */

import { ENGINE_KINDS } from '@lethe/core';
import { sql } from 'kysely';
import { hostIsConnected } from './bus.ts';
import type { FleetContext } from './context.ts';
import type { RegionView } from './schemas.ts';

export async function listRegions(ctx: Pick<FleetContext, 'db'>): Promise<RegionView[]> {
  const regions = await ctx.db.selectFrom('regions').selectAll().orderBy('name').execute();
  const hosts = await ctx.db
    .selectFrom('hosts')
    .select(['region_id', 'engines', 'default_engine', hostIsConnected.as('connected')])
    .select(
      sql<boolean>`(select count(*) from fleet.servers where servers.host_id = hosts.id) < hosts.port_count`.as('room'),
    )
    .orderBy('id')
    .execute();
  return regions.map(({ id, name }) => {
    const here = hosts.filter((host) => host.region_id === id);
    const connected = here.filter((host) => host.connected);
    return {
      id,
      name,
      engines: ENGINE_KINDS.filter((kind) => here.some((host) => host.engines.includes(kind))),
      defaultEngine: (connected[0] ?? here[0])?.default_engine ?? null,
      available: connected.some((host) => host.room),
    };
  });
}
