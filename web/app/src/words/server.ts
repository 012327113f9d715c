/** What the page says about servers: stations of a birth, failures and what to do, engines. */

import type { ServerView } from '@lethe/api/schema';
import type { Server } from '@lethe/api/servers';
import type { EngineKind, HostFailure } from '@lethe/core';
import type { StateLook } from '../ui/state.tsx';

export interface Station {
  id: 'wanted' | NonNullable<ServerView['stage']>;
  name: string;
  detail: string;
}

/** In the order in which they happen. */
export const STATIONS: readonly Station[] = [
  { id: 'wanted', name: 'Asked for', detail: 'Waiting for a host to take it on.' },
  { id: 'machine', name: 'Machine', detail: 'A fresh machine is made for you alone, in memory.' },
  { id: 'booting', name: 'Start', detail: 'It starts from the same image as every other server.' },
  { id: 'network', name: 'Network', detail: 'The firewall closes everything first; then the network comes up.' },
  { id: 'tunnel', name: 'Tunnel', detail: 'It makes its own key and checks your signature on the list of devices.' },
  { id: 'resolver', name: 'Name resolver', detail: 'It starts a resolver of its own that keeps no record of lookups.' },
  { id: 'ready', name: 'Ready', detail: 'Devices can connect.' },
];

/** Index of the station a server is at. */
export const stationOf = (view: ServerView): number =>
  view.state === 'ready'
    ? STATIONS.length - 1
    : Math.max(
        0,
        STATIONS.findIndex((station) => station.id === view.stage),
      );

interface FailureWords {
  what: string;
  todo: string;
}

const AGAIN = 'Delete this server and get a new one. If it happens again, tell whoever runs this service.';

const FAILURES: Record<HostFailure, FailureWords> = {
  engine_failed: { what: 'The host could not start the machine.', todo: AGAIN },
  engine_timeout: { what: 'The machine did not come up in time.', todo: AGAIN },
  port_in_use: { what: 'Its port on the host is used by something else.', todo: AGAIN },
  disk_full: {
    what: 'The host has no room left on its disk.',
    todo: 'Whoever runs this service must make room first. Then delete this server and get a new one.',
  },
  owner_changed: {
    what: 'The host knows this server under another owner key and refused.',
    todo: 'This should not happen. Delete this server, and do not trust the service until it is explained.',
  },
  engine_changed: {
    what: 'The service asked to move this server to another engine than it was made for, and the host refused.',
    todo: 'This should not happen. Delete this server, and do not trust the service until it is explained.',
  },
  list_refused: {
    what: 'The server refused the list of devices because its signature did not match your key.',
    todo: 'This should not happen. Delete this server, and do not trust the service until it is explained.',
  },
  agent_failed: {
    what: 'The machine started, but its network could not be set up. It let nothing through.',
    todo: AGAIN,
  },
  not_released: {
    what: 'What the host would run has not been approved and published, so it runs nothing.',
    todo: 'Whoever runs this service must approve a release first. The server starts by itself then.',
  },
};

export const failureWords = (failure: HostFailure | null): FailureWords =>
  failure ? FAILURES[failure] : { what: 'The host gave no reason.', todo: AGAIN };

export const ENGINES: Record<EngineKind, { name: string; detail: string }> = {
  microvm: { name: 'Virtual machine', detail: 'It has a kernel of its own, which ends with it.' },
  container: {
    name: 'Container',
    detail:
      'Starts faster, but shares the kernel of its host. What that kernel holds in memory cannot be cleared as thoroughly.',
  },
};

/** State of a server in a list: how it looks and what it is called. */
export function serverState(server: Server): { look: StateLook; text: string } {
  if (!server.view)
    return server.unfinished ? { look: 'unknown', text: 'Not finished' } : { look: 'failed', text: 'Gone' };
  return {
    wanted: { look: 'moving', text: 'Waiting' },
    starting: { look: 'moving', text: 'Starting' },
    ready: { look: 'online', text: 'Ready' },
    failed: { look: 'failed', text: 'Failed' },
    deleting: { look: 'moving', text: 'Being deleted' },
  }[server.view.state] as { look: StateLook; text: string };
}

export const nameOf = (server: Server): string => server.name ?? `Server ${server.id.slice(0, 6)}`;
