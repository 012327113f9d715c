/**
 * Forgetting a server (CL-04, CL-15), the host's part. On an engine with a kernel of its own, to forget is to be born again: nothing that
 * runs inside a machine can clean all of its kernel. In a container the agent cleans what can be cleaned; the rest is a limit of the engine.
 *
 * Order of the steps. If this process ends after any of them, the next start finds a record without a machine, or a machine that runs, and
 * brings it up; the engine overwrites the memory of machines that it finds dead.
 *
 *   1. port closed   what devices send meanwhile is dropped, and leaves no entry that leads to the old machine
 *   2. machine       ended, its memory overwritten by the engine (`microvm`); or told to forget (`container`)
 *   3. flows         what the host's own kernel remembers of the server's traffic
 *   4. port open     with the new machine, or at once
 */

import { crashPoint } from '../crash-points.ts';
import { forgetFlows } from '../network/flows.ts';
import type { ServerRecord } from '../sealed/record.ts';
import type { Server } from './server.ts';

/** Makes server and host forget. The caller brings the server up again. Throws if the machine cannot be ended; it is tried again then. */
export async function forgetEverything(server: Server, record: ServerRecord): Promise<void> {
  const { rules } = server.context.network;
  const { port, link } = record;
  await rules.set(server.id, { port, link, open: false });
  crashPoint('forget:port-closed');
  const engine = server.machine && server.context.engines.get(server.machine.kind);
  const ownKernel = (await engine?.capabilities())?.ownKernel ?? false;
  if (ownKernel) await server.endMachine();
  else server.agent?.send({ type: 'forget' });
  crashPoint('forget:machine-ended');
  await forgetFlows(port, link);
  crashPoint('forget:flows-gone');
  server.forgetting = 'under way';
}
