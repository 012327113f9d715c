/** WireGuard in a process, for kernels without it. The process outlives the agent, so that a restarted agent finds its sessions. */

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { TUNNEL_INTERFACE } from '../addresses.ts';
import { PLACES } from '../places.ts';
import { startService } from '../run.ts';
import { waitFor } from '../wait.ts';
import { hasInterface } from './interface.ts';

const START_LIMIT_MS = 20_000;
/**
 * No word, ever; and garbage collected seldom: each collection empties the pools that packets are kept in, which then are made anew. The
 * limit holds the process to what a server has room for.
 */
const ENVIRONMENT = { LOG_LEVEL: 'silent', GOGC: '800', GOMEMLIMIT: '56MiB' };

/** Starts wireguard-go, silent, and waits until it can be configured. Throws if it does not come up. */
export async function startUserspace(): Promise<void> {
  mkdirSync('/run/wireguard', { recursive: true, mode: 0o700 });
  const daemon = startService('wireguard-go', ['-f', TUNNEL_INTERFACE], ENVIRONMENT);
  await waitFor(() => daemon.ended() || (hasInterface() && existsSync(PLACES.wireguardSocket)), START_LIMIT_MS);
  if (daemon.ended()) throw new Error('wireguard-go ended at once');
}

/** Ends wireguard-go, and the buffers that held packets with it. Does nothing where the kernel has the tunnel. */
export async function endUserspace(): Promise<void> {
  if (!existsSync(PLACES.wireguardSocket)) return;
  for (const pid of daemons()) process.kill(pid, 'SIGKILL');
  await waitFor(() => daemons().length === 0 && !hasInterface(), START_LIMIT_MS);
  rmSync(PLACES.wireguardSocket, { force: true });
}

/** The wireguard-go of this machine. Its processes are its own: it has a namespace for them. */
const daemons = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .filter((pid) => nameOf(pid) === 'wireguard-go\n')
    .map(Number);

function nameOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8');
  } catch {
    return '';
  }
}
