/** `lethe audit server:NAME`: a server of one's own, which measures itself for its owner. There is no shell on it, and none is needed. */

import type { CollectedServer } from '@lethe/audit/audit';
import { isInventoryReport, LetheError } from '@lethe/core';
import { openIo } from '../io.ts';

/** What such a target begins with. */
export const SERVER = 'server:';

/** Where the owner's keys and the service are, as for any verb of a customer. */
export interface ServerOptions {
  json: boolean;
  keys?: string;
  service?: string;
}

/**
 * Asks the server of this name, or whose id begins so. Throws `bad_signature` for anything that it did not sign for this question, and what
 * the service says if it cannot be asked.
 */
export async function readServer(ref: string, { json, keys, service }: ServerOptions): Promise<CollectedServer> {
  if (ref === '')
    throw new LetheError('bad_request', 'Name a server after server: as in server:home. Nothing was examined.');
  const io = openIo({
    json,
    ...(keys === undefined ? {} : { profile: keys }),
    ...(service === undefined ? {} : { service }),
  });
  io.progress.step('Asking the server');
  try {
    const { server, report } = await io.customer.inventory(ref);
    const collected = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    return {
      format: 'lethe-facts/1',
      target: { kind: 'server', name: SERVER + server.name },
      collected,
      inventory: report,
    };
  } finally {
    io.progress.end();
  }
}

/** True for a file that such an audit kept. */
export function isCollectedServer(value: unknown): value is CollectedServer {
  const { format, target, collected, inventory } = (value ?? {}) as Partial<CollectedServer>;
  return (
    format === 'lethe-facts/1' &&
    target?.kind === 'server' &&
    typeof target.name === 'string' &&
    typeof collected === 'string' &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(collected) &&
    isInventoryReport(inventory)
  );
}
