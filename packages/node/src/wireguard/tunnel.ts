/** The tunnel interface: made once, adopted after a restart of the agent, and its peers kept to the list of devices. */

import { rmSync, writeFileSync } from 'node:fs';
import type { Device } from '@lethe/core/devices';
import { TUNNEL } from '@lethe/core/tunnel';
import { TUNNEL_INTERFACE } from '../addresses.ts';
import type { OpenKeys } from '../keys.ts';
import { PLACES } from '../places.ts';
import { run, runAny } from '../run.ts';
import { endConnections } from './connections.ts';
import { hasInterface, interfaceCommands, isConfigured } from './interface.ts';
import { KERNEL_INTERFACE } from './kernel.ts';
import { parsePeers, peerArguments, peerChanges, wantedPeers } from './peers.ts';
import { endUserspace, startUserspace } from './userspace.ts';

/**
 * Makes sure that the tunnel is up with this key and exactly these peers. A running tunnel is adopted: sessions of peers that stay
 * are not touched. `fresh` says that the interface was made just now and has neither key nor peers.
 */
export async function raiseTunnel(keys: OpenKeys, devices: readonly Device[], fresh = false): Promise<void> {
  const bare = fresh || !hasInterface();
  if (!hasInterface()) await makeInterface();
  if (bare) {
    await setInterface(keys, peerArguments(peerChanges(new Map(), wantedPeers(devices))));
  } else {
    if (!(await hasKey(keys))) await setInterface(keys, []);
    await setPeers(devices);
  }
  if (!isConfigured()) await run('ip', ['-batch', '-'], interfaceCommands());
}

async function makeInterface(): Promise<void> {
  const { code } = await runAny('ip', ['-batch', '-'], KERNEL_INTERFACE);
  if (code !== 0) await startUserspace();
}

/** True if the running interface has this key and port. */
async function hasKey(keys: OpenKeys): Promise<boolean> {
  const [publicKey, port] = await Promise.all([
    run('wg', ['show', TUNNEL_INTERFACE, 'public-key']),
    run('wg', ['show', TUNNEL_INTERFACE, 'listen-port']),
  ]);
  return publicKey.trim() === keys.wireguardKey && port.trim() === String(TUNNEL.listenPort);
}

/** Sets key, port and peers. The key passes through a file in memory, never through an argument. */
async function setInterface(keys: OpenKeys, peers: readonly string[]): Promise<void> {
  try {
    writeFileSync(PLACES.privateKey, keys.wireguard.revealBase64(), { mode: 0o600 });
    const port = ['listen-port', String(TUNNEL.listenPort)];
    await run('wg', ['set', TUNNEL_INTERFACE, ...port, 'private-key', PLACES.privateKey, ...peers]);
  } finally {
    rmSync(PLACES.privateKey, { force: true });
  }
}

/**
 * Takes the tunnel down, with key, peers, and where they were: the interface of the kernel is removed, wireguard-go is ended. Throws if
 * the interface stays.
 */
export async function lowerTunnel(): Promise<void> {
  if (!hasInterface()) return;
  await endUserspace();
  if (hasInterface()) await run('ip', ['link', 'delete', 'dev', TUNNEL_INTERFACE]);
}

/** Removes peers and adds them again: WireGuard has no other way to forget where a device was. */
export async function renewPeers(devices: readonly Device[]): Promise<void> {
  if (devices.length === 0) return;
  const set = [...wantedPeers(devices)];
  await run('wg', [
    'set',
    TUNNEL_INTERFACE,
    ...peerArguments({ remove: set.map(([key]) => key), set: [], freed: [] }),
    ...peerArguments({ remove: [], set, freed: [] }),
  ]);
}

/** Applies the difference between the peers that are and the devices of the list. Returns once freed addresses have no connection left. */
export async function setPeers(devices: readonly Device[]): Promise<void> {
  const current = parsePeers(await run('wg', ['show', TUNNEL_INTERFACE, 'allowed-ips']));
  const changes = peerChanges(current, wantedPeers(devices));
  if (changes.remove.length + changes.set.length > 0)
    await run('wg', ['set', TUNNEL_INTERFACE, ...peerArguments(changes)]);
  await endConnections(changes.freed);
}
