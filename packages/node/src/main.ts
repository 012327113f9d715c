/** Entry of the agent: finds the engine's channel and serves it. An argument names another channel socket, for tests. */

import { readFileSync } from 'node:fs';
import { Agent } from './agent.ts';
import { serveChannel } from './channel.ts';
import { removeControl } from './inventory/control.ts';
import { PLACES } from './places.ts';

/** The engine this server runs in: from the environment, else from the kernel's command line (in a container that is the host's). */
function engine(): string | undefined {
  const named = process.env['LETHE_ENGINE'];
  return named ?? /(?:^|\s)lethe\.engine=(\w+)/.exec(readFileSync('/proc/cmdline', 'utf8'))?.[1];
}

/** A server says nothing but what its protocol has words for. The init starts an agent that ended again; the tunnel goes on. */
function stayQuiet(): void {
  process.removeAllListeners('warning');
  process.on('uncaughtException', () => process.kill(process.pid, 'SIGKILL'));
}

stayQuiet();
removeControl();
const ownKernel = engine() === 'microvm';
const socket = process.argv[2] ?? PLACES.socket;
await serveChannel(
  ownKernel ? { kind: 'device', path: PLACES.device } : { kind: 'socket', path: socket },
  new Agent(ownKernel),
);
