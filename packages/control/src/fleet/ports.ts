/** Which UDP port of its host a server gets. The unique constraint on (host, port) is what holds; this only chooses. */

import type { FleetTx } from './context.ts';

/** Ports that a host reported as taken by another program. In memory: a host that connects again starts with a clean sheet. */
export class BusyPorts {
  readonly #ports = new Map<string, Set<number>>();
  of(host: string): ReadonlySet<number> {
    return this.#ports.get(host) ?? new Set();
  }
  add(host: string, port: number): void {
    this.#ports.set(host, new Set(this.of(host)).add(port));
  }
  forget(host: string): void {
    this.#ports.delete(host);
  }
}

export interface PortRange {
  id: string;
  port_first: number;
  port_count: number;
}

/**
 * The lowest free port of a host, or undefined. The caller holds the lock on the host's row, so that two servers never choose the
 * same.
 */
export async function freePort(tx: FleetTx, host: PortRange, busy: ReadonlySet<number>): Promise<number | undefined> {
  const rows = await tx.selectFrom('servers').select('port').where('host_id', '=', host.id).execute();
  const taken = new Set([...rows.map((row) => row.port), ...busy]);
  for (let port = host.port_first; port < host.port_first + host.port_count; port += 1) {
    if (!taken.has(port)) return port;
  }
  return undefined;
}
