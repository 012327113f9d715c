/**
 * One look of the watch: the searches of the state inventory, in two parts. The first reads the kernel's own files and costs a
 * millisecond; the second runs tools, and is for when the kernel says that something changed, and now and then.
 */

import type { InsideKind } from '@lethe/core/drift';
import { searchesOf, type UndeclaredKind } from '@lethe/core/inventory';
import { searchFiles } from '../inventory/files.ts';
import { foreignInterfaces, searchInterfaces } from '../inventory/interfaces.ts';
import { judging } from '../inventory/kernel-file.ts';
import { searchOpenFiles } from '../inventory/open-files.ts';
import { ownProcesses, processesNow, searchProcesses } from '../inventory/processes.ts';
import { searchRoutes, searchRoutingRules } from '../inventory/routes.ts';
import { searchRules } from '../inventory/rules.ts';
import { searchSettings, searchSwap } from '../inventory/settings.ts';
import { searchListeners, searchSockets } from '../inventory/sockets.ts';

type Found = readonly UndeclaredKind[] | null;

/** What no release explains, as far as the kernel's own files show it. Never throws; `mayListen` are processes of the watch. */
export function lookQuickly(ownKernel: boolean, mayListen: ReadonlySet<number>): Set<InsideKind> {
  const searches: (() => Found)[] = [
    () => searchProcesses(processesNow(), ownProcesses()),
    () => searchListeners(mayListen),
    foreignInterfaces,
    searchRoutes,
    searchFiles,
    () => searchSettings(ownKernel),
    ...(searchesOf(ownKernel ? 'microvm' : 'container').includes('open_files') ? [searchOpenFiles, searchSwap] : []),
  ];
  const kinds = new Set<InsideKind>();
  for (const search of searches) {
    try {
      collect(kinds, search());
    } catch {
      kinds.add('watch_blind');
    }
  }
  return kinds;
}

/** What takes a tool to see: the packet filter, programs on interfaces, routing rules, and who listens where. Never throws. */
export async function lookClosely(devicesMayTalk: boolean, mayListen: ReadonlySet<number>): Promise<Set<InsideKind>> {
  const searches: (() => Promise<Found>)[] = [
    () => searchRules(devicesMayTalk),
    searchInterfaces,
    searchRoutingRules,
    () => searchSockets(mayListen),
  ];
  const kinds = new Set<InsideKind>();
  for (const search of searches) {
    await search().then(
      (found) => collect(kinds, found),
      () => kinds.add('watch_blind'),
    );
  }
  return kinds;
}

function collect(kinds: Set<InsideKind>, found: Found): void {
  if (found === null) kinds.add('watch_blind');
  for (const kind of found ?? []) kinds.add(kind);
}

/** Everything that is mounted, with how: what a server mounts, it mounts before its agent starts. */
export const mountsNow = judging('/proc/self/mountinfo', (text) =>
  text
    .split('\n')
    .map((line) => line.split(' ').slice(2).join(' '))
    .toSorted()
    .join('\n'),
);
