/** WireGuard in a process, for kernels without it. The process outlives the agent, so that a restarted agent finds its sessions. */

import { existsSync, mkdirSync } from 'node:fs';
import { TUNNEL_INTERFACE } from '../addresses.ts';
import { PLACES } from '../places.ts';
import { startService } from '../run.ts';
import { waitFor } from '../wait.ts';
import { hasInterface } from './interface.ts';

const START_LIMIT_MS = 20_000;

/** Starts wireguard-go, silent, and waits until it can be configured. Throws if it does not come up. */
export async function startUserspace(): Promise<void> {
  mkdirSync('/run/wireguard', { recursive: true, mode: 0o700 });
  const daemon = startService('wireguard-go', ['-f', TUNNEL_INTERFACE], { LOG_LEVEL: 'silent' });
  await waitFor(() => daemon.ended() || (hasInterface() && existsSync(PLACES.wireguardSocket)), START_LIMIT_MS);
  if (daemon.ended()) throw new Error('wireguard-go ended at once');
}
