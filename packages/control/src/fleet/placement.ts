/** Chooses where a new server runs. */

import { ENGINE_KINDS, type EngineKind, LetheError } from '@lethe/core';
import { sql } from 'kysely';
import { hostIsConnected } from './bus.ts';
import type { FleetContext, FleetTx } from './context.ts';
import { freePort } from './ports.ts';

export interface Place {
  hostId: string;
  engine: EngineKind;
  port: number;
}

/**
 * The connected host of a region with the fewest servers that offers the engine and has a free port. The rows of the candidates stay
 * locked until the transaction ends. Throws `unknown_region`, `unknown_engine` or `no_capacity`.
 */
export async function findPlace(ctx: FleetContext, tx: FleetTx, region: string, engine: string): Promise<Place> {
  const wanted = parseEngine(engine);
  const known = await tx.selectFrom('regions').select('id').where('id', '=', region).executeTakeFirst();
  if (!known) throw new LetheError('unknown_region', 'There is no such region. The list of regions names them.');
  const hosts = await tx
    .selectFrom('hosts')
    .select(['id', 'engines', 'default_engine', 'port_first', 'port_count', hostIsConnected.as('connected')])
    .where('region_id', '=', region)
    .select(sql<number>`(select count(*) from fleet.servers where servers.host_id = hosts.id)`.as('servers'))
    // One order of locking for all, so that two requests never wait for each other.
    .orderBy('id')
    .forUpdate()
    .execute();
  const offering = hosts.filter((host) => wanted === 'auto' || host.engines.includes(wanted));
  if (offering.length === 0 && hosts.length > 0 && wanted !== 'auto') {
    throw new LetheError('unknown_engine', 'No host of this region offers this engine. Choose another one, or `auto`.');
  }
  for (const host of offering.toSorted((a, b) => a.servers - b.servers)) {
    const kind = wanted === 'auto' ? host.default_engine : wanted;
    if (!host.connected || kind === null) continue;
    const port = await freePort(tx, host, ctx.busyPorts.of(host.id));
    if (port !== undefined) return { hostId: host.id, engine: kind, port };
  }
  throw new LetheError(
    'no_capacity',
    'No host of this region has room now. Nothing was made and the voucher is not spent. Try again later or elsewhere.',
  );
}

function parseEngine(text: string): EngineKind | 'auto' {
  const engine = (['auto', ...ENGINE_KINDS] as const).find((name) => name === text);
  if (!engine)
    throw new LetheError('unknown_engine', 'There is no such engine. Choose `auto`, `microvm` or `container`.');
  return engine;
}
