/**
 * A server measures itself against the state inventory (spec/state-inventory.json): what it holds, how old that is, and whether there is
 * anything that no entry declares. The report has no address, no name and no amount in it, and is for the owner alone.
 *
 * Threat: a mistake, a leftover of an update, or a tool that somebody put there. Who took over the kernel can make every answer; the
 * seizure drill looks at the machine from outside.
 */

import { existsSync } from 'node:fs';
import {
  type InventoryReport,
  type Measurement,
  type Probe,
  type Search,
  type SearchResult,
  searchesOf,
  type UndeclaredKind,
} from '@lethe/core/inventory';
import { blockedTotal } from '../filter-start.ts';
import { PLACES } from '../places.ts';
import { connectionsMeasured } from './connections.ts';
import { findsWhatIsPlanted } from './control.ts';
import { searchFiles } from './files.ts';
import { searchInterfaces } from './interfaces.ts';
import { holdsAddress, readKernelLog } from './kernel-log.ts';
import { searchOpenFiles } from './open-files.ts';
import { anyoneKnown, looksNow, peersMeasured } from './peers.ts';
import { ownProcesses, processesMeasured, processesNow, searchProcesses } from './processes.ts';
import { searchRoutes, searchRoutingRules } from './routes.ts';
import { searchRules } from './rules.ts';
import { searchSettings, searchSwap } from './settings.ts';
import { searchSockets } from './sockets.ts';
import { tablesMeasured } from './tables.ts';

export interface InventoryContext {
  /** True if the kernel serves this server alone. */
  ownKernel: boolean;
  /** Seconds since the server last forgot everything. */
  ageS: number;
  /** False if no device was there since then, as far as the agent knows. */
  used: boolean;
  /** What the loaded packet filter should allow. */
  devicesMayTalk: boolean;
  /** Processes of the watch, which hear of changes to the packet filter. */
  watchers: ReadonlySet<number>;
}

/** Measures everything. What cannot be measured is said to be so; nothing is thrown. */
export async function measureInventory(context: InventoryContext): Promise<InventoryReport> {
  const engine = context.ownKernel ? 'microvm' : 'container';
  // First, while the tools of the measurements below do not run yet.
  const processes = await searched('processes', () => searchProcesses(processesNow(), ownProcesses()));
  const measurements = await measure(context);
  const others = searchesOf(engine).filter((search) => search !== 'processes');
  const control = await findsWhatIsPlanted(context.watchers);
  const searches = [processes];
  for (const search of others) searches.push(await searched(search, () => SEARCH[search](context)));
  return { engine, control, measurements, searches };
}

async function measure({ ownKernel, ageS, used }: InventoryContext): Promise<Measurement[]> {
  const looks = looksNow();
  const wasUsed = used || (await looks.then(anyoneKnown, () => true));
  const all: [Probe, () => Promise<Measurement> | Measurement][] = [
    ['wireguard-peers', async () => peersMeasured(await looks, Date.now() / 1000, ageS)],
    ...(['wireguard-buffers', 'resolver-memory', 'filter-memory'] as const).map((probe): [Probe, () => Measurement] => [
      probe,
      () => processesMeasured(processesNow(), wasUsed).find((one) => one.probe === probe)!,
    ]),
    ['connections', connectionsMeasured],
    ['blocked-total', async () => present('blocked-total', (await blockedTotal()) > 0, ageS)],
    ['owner-settings', () => present('owner-settings', existsSync(PLACES.filterChoices), ageS)],
    ['device-list', () => present('device-list', existsSync(PLACES.pin), ageS)],
    ['agent-memory', () => present('agent-memory', wasUsed, ageS)],
    ...tablesMeasured(ageS),
    ...(ownKernel
      ? [['kernel-log', () => present('kernel-log', readKernelLog() !== '', ageS)] as [Probe, () => Measurement]]
      : []),
  ];
  return Promise.all(
    all.map(async ([probe, take]) => {
      try {
        return await take();
      } catch {
        return { probe, present: null, ageS: null };
      }
    }),
  );
}

const present = (probe: Probe, is: boolean, ageS: number): Measurement => ({
  probe,
  present: is,
  ageS: is ? ageS : null,
});

type Found = UndeclaredKind[] | null;

const SEARCH: Record<Exclude<Search, 'processes'>, (context: InventoryContext) => Promise<Found> | Found> = {
  sockets: ({ watchers }) => searchSockets(watchers),
  firewall: ({ devicesMayTalk }) => searchRules(devicesMayTalk),
  interfaces: searchInterfaces,
  routes: async () => [...new Set([...searchRoutes(), ...(await searchRoutingRules())])],
  files: searchFiles,
  settings: ({ ownKernel }) => searchSettings(ownKernel),
  open_files: () => searchOpenFiles(),
  kernel_log: () => (holdsAddress(readKernelLog()) ? ['address_in_kernel_log'] : []),
  swap: searchSwap,
};

/** The error says nothing to anybody: it could hold what was read. */
async function searched(search: Search, look: () => Promise<Found> | Found): Promise<SearchResult> {
  try {
    return { search, found: await look() };
  } catch {
    return { search, found: null };
  }
}
