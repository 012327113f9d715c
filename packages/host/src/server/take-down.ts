/**
 * Taking a server down, in the reverse order of bringing it up. The record goes last: if this process ends before, the next start finds
 * it and, once told that the server is not wanted, comes here again.
 */

import { crashPoint } from '../crash-points.ts';
import { forgetFlows } from '../network/flows.ts';
import { linkOfInterface } from '../network/names.ts';
import type { Server } from './server.ts';

/** Removes everything of a server. Throws when a step fails; the steps before it are done and are repeated at the next try. */
export async function takeDown(server: Server): Promise<void> {
  const { network, engines, store, ended } = server.context;
  const { id, record } = server;
  const link = record?.link ?? (server.machine && linkOfInterface(network.instance, server.machine.hostInterface));
  server.closeAgent();
  // 1. Nothing reaches the server any more.
  await network.rules.remove(id);
  crashPoint('down:rules-off');
  // 2. The machine, and with it its memory and its interface. Every engine is asked: a record may be lost, or its engine changed.
  server.forgetMachine();
  for (const engine of engines.values()) await engine.destroy(id);
  crashPoint('down:machine-ended');
  // 3. The port, the link number, and what the host's kernel remembers of their traffic.
  if (record && typeof link === 'number') await forgetFlows(record.port, link);
  await network.ports.release(id);
  network.links.release(id);
  crashPoint('down:port-released');
  // 4. The keys. That they were here is remembered first; a full disk keeps no keys alive, and has room for it afterwards.
  const had = record !== null || (await store.has(id));
  const remembered =
    !had ||
    (await ended.add(id).then(
      () => true,
      () => false,
    ));
  crashPoint('down:remembered');
  await store.remove(id);
  if (!remembered) await ended.add(id).catch(() => {});
  server.forgetRecord();
  crashPoint('down:record-deleted');
}
