/**
 * Bringing a server up. The same procedure makes a new server, adopts a running one after a restart of this process, starts a dead one
 * again, and applies a change: each step looks at what is there and does the rest.
 *
 * Order of the durable steps. If this process ends after any of them, the next start finds the record and comes here again; without a
 * record the machine is one that nobody asked for, and it goes.
 *
 *   1. record    owner pinned, list accepted, port, link number and engine chosen: sealed, on disk
 *   2. port      held by a socket, so that it ends with this process; datagrams dropped meanwhile
 *   2a. forget   if it is time: port closed, old machine ended and its memory overwritten, flows of the host's kernel removed
 *   2b. release  nothing is made that no approved release covers
 *   3. machine   made by the engine, which leaves all of it or nothing; adopted if it runs
 *   4. link      addresses of the host's end
 *   5. rules     the port leads to the server
 *   6. birth     the agent speaks first; from here on its messages drive the rest (see `conversation.ts`):
 *                keys received, sealed, `kept`; enrolment relayed, accepted, sealed; `ready`
 */

import { type DesiredServer, type Engine, type HostFailure, LetheError } from '@lethe/core';
import { crashPoint } from '../crash-points.ts';
import { forgetFlows } from '../network/flows.ts';
import { interfaceName } from '../network/names.ts';
import type { ServerRecord } from '../sealed/record.ts';
import { ServerFailure } from './failure.ts';
import { forgetEverything } from './forget.ts';
import { keysLost, pinAndSeal } from './pin.ts';
import type { Server } from './server.ts';

/** Returns what of the desired state was refused. Throws `LetheError` or `ServerFailure`; what was done stays and is found at the next try. */
export async function bringUp(
  server: Server,
  desired: DesiredServer | null,
  signal: AbortSignal,
): Promise<HostFailure | null> {
  const { record, refused, newList } = await pinAndSeal(server, desired);
  crashPoint(newList ? 'list:sealed' : 'up:record-sealed');
  await holdPort(server, record);
  crashPoint('up:port-held');
  if (server.forgetting === 'planned') await forgetEverything(server, record);
  if (server.needsNewMachine || (server.machine && server.machine.kind !== record.engine)) await server.endMachine();
  if (server.machine && server.agent) {
    await openRules(server, record);
    tellChanges(server, desired, newList);
    return refused;
  }
  const { boots, adoptions } = server.context;
  await (server.machine ? adoptions : boots).run(async () => {
    signal.throwIfAborted();
    await ensureMachine(server, record, desired, signal);
    await server.context.network.configureLink(record.link);
    crashPoint('up:link-set');
    await openRules(server, record);
    crashPoint('up:rules-on');
    await firstWord(server, record, signal);
  });
  return refused;
}

async function holdPort(server: Server, record: ServerRecord): Promise<void> {
  const { ports, rules } = server.context.network;
  if (ports.portOf(server.id) === record.port) return;
  // Rules for a port that is not ours would take it from the program that has it.
  await rules.remove(server.id);
  await ports.hold(server.id, record.port);
  await rules.set(server.id, { port: record.port, link: record.link, open: false });
}

async function openRules(server: Server, record: ServerRecord): Promise<void> {
  const { rules } = server.context.network;
  if (rules.isOpen(server.id)) return;
  await rules.set(server.id, { port: record.port, link: record.link, open: true });
  await forgetFlows(record.port, record.link);
}

async function ensureMachine(
  server: Server,
  record: ServerRecord,
  desired: DesiredServer | null,
  signal: AbortSignal,
): Promise<void> {
  const { context, id } = server;
  if (server.machine) return server.watchMachine();
  if (record.keys === null && (desired?.enrolmentToken ?? null) === null) {
    throw keysLost();
  }
  await context.gate.requireReleased();
  const engine = engineOf(server, record);
  const hostInterface = interfaceName(context.network.instance, record.link);
  if (server.forgetting === 'no') context.reports.begin(id);
  const { image, settings } = context;
  const { memoryMb, pids } = settings;
  const size = { memoryMb: memoryMb[record.engine], pids };
  // A copy of a prepared machine may have what ails it in common with the next copy.
  await engine.create({ id, image, hostInterface, ...size, coldBoot: server.failures > 0 }, signal);
  crashPoint('up:machine-made');
  server.machine = { kind: record.engine, hostInterface };
  server.watchMachine();
  context.reports.stage(id, 'booting');
}

function engineOf(server: Server, record: ServerRecord): Engine {
  const engine = server.context.engines.get(record.engine);
  if (!engine) throw new ServerFailure('engine_failed', 'This host does not have the engine a server was made for.');
  return engine;
}

/** Opens the line to the agent and waits for its first word, which the birth answers. A machine that stays silent is ended. */
async function firstWord(server: Server, record: ServerRecord, signal: AbortSignal): Promise<void> {
  const agent = server.openAgent();
  const limitMs = server.context.settings.helloLimitMs[record.engine];
  const { promise: late, resolve } = Promise.withResolvers<'late'>();
  const limit = setTimeout(() => resolve('late'), limitMs);
  const { promise: ended, resolve: end } = Promise.withResolvers<'ended'>();
  server.onMachineEnd = () => end('ended');
  const onAbort = (): void => end('ended');
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    const outcome = await Promise.race([agent.greeted, late, ended]);
    signal.throwIfAborted();
    if (outcome === undefined) return;
    await server.endMachine();
    if (outcome === 'late') throw new LetheError('timeout', 'A server did not speak in time. Its machine was ended.');
    throw new LetheError('engine_failed', 'A machine ended while it was booting.');
  } finally {
    clearTimeout(limit);
    signal.removeEventListener('abort', onAbort);
    server.onMachineEnd = null;
  }
}

/** A server that is up gets what is new. */
function tellChanges(server: Server, desired: DesiredServer | null, newList: boolean): void {
  const token = desired?.enrolmentToken ?? null;
  if (newList) server.agent?.send({ type: 'devices', devices: server.record!.devices });
  if (token !== null && token !== server.offeredToken) server.agent?.renew();
}
