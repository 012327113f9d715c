/** The servers of the test internet: name servers, web, collector. Each is a process of its own in its own namespace. */

import type { ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LetheError } from '@lethe/core';
import { PLACES, rootAddresses } from './plan.ts';
import type { ServedZone, Zones } from './zones.ts';

export type Spawn = (namespace: string, command: string, args: readonly string[]) => ChildProcess;

/** Starts all of them and resolves once each answers. Throws `internal` with what a server said if it ended instead. */
export async function startServers(spawn: Spawn, directory: string, zones: Zones): Promise<void> {
  const { ipv4, ipv6 } = rootAddresses();
  const daemon = fileURLToPath(new URL('./daemons/web.ts', import.meta.url));
  const node = (place: 'web' | 'collector'): Promise<void> =>
    started(spawn(place, process.execPath, ['--disable-warning=ExperimentalWarning', daemon, place]), 'ready');
  await Promise.all([
    nsd(spawn, directory, 'root', [...ipv4, ...ipv6], zones.root),
    nsd(spawn, directory, 'tld', [PLACES.tld.ipv4, PLACES.tld.ipv6], zones.tld),
    nsd(spawn, directory, 'auth', [PLACES.auth.ipv4, PLACES.auth.ipv6], zones.auth),
    node('web'),
    node('collector'),
  ]);
}

/** One name server. No rate limit, because a single resolver asks it everything; no log beyond its own start. */
function nsd(spawn: Spawn, directory: string, place: string, addresses: string[], zones: ServedZone[]): Promise<void> {
  const home = join(directory, `nsd-${place}`);
  mkdirSync(home);
  const server = [
    ...addresses.map((address) => `  ip-address: ${address}`),
    '  username: ""',
    '  server-count: 1',
    '  verbosity: 1',
    '  rrl-ratelimit: 0',
    '  rrl-whitelist-ratelimit: 0',
    '  hide-version: yes',
    `  pidfile: "${join(home, 'pid')}"`,
    `  xfrdfile: "${join(home, 'xfrd')}"`,
    `  zonelistfile: "${join(home, 'zones')}"`,
    `  xfrdir: "${home}"`,
    '  database: ""',
  ];
  const text = [
    'server:',
    ...server,
    'remote-control:',
    '  control-enable: no',
    ...zones.flatMap((zone) => ['zone:', `  name: "${zone.name}"`, `  zonefile: "${zone.file}"`]),
  ];
  const config = join(home, 'nsd.conf');
  writeFileSync(config, `${text.join('\n')}\n`);
  return started(spawn(place, 'nsd', ['-d', '-c', config]), 'nsd started');
}

/** Resolves when the process has written a line that holds `mark`; rejects if it ends first. */
function started(child: ChildProcess, mark: string): Promise<void> {
  let said = '';
  return new Promise((resolve, reject) => {
    const listen = (chunk: Buffer): void => {
      said = (said + chunk.toString()).slice(-4096);
      if (said.includes(mark)) resolve();
    };
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    child.on('error', reject);
    child.on('exit', () =>
      reject(new LetheError('internal', `A server of the test internet did not start: ${said.trim()}`)),
    );
  });
}
