/**
 * One look of the watch: the searches of the state inventory, in two parts. The first reads the kernel's own files and costs about a
 * millisecond; the second runs tools, and is for when the kernel says that something changed, and now and then.
 */

import type { InsideKind } from '@lethe/core/drift';
import { searchesOf, type UndeclaredKind } from '@lethe/core/inventory';
import { searchFiles, writableDirectories } from '../inventory/files.ts';
import { foreignInterfaces, searchInterfaces } from '../inventory/interfaces.ts';
import { judging } from '../inventory/kernel-file.ts';
import { searchOpenFiles } from '../inventory/open-files.ts';
import { ownProcesses, type Process, ProcessList, searchProcesses } from '../inventory/processes.ts';
import { searchRoutes, searchRoutingRules } from '../inventory/routes.ts';
import { searchRules } from '../inventory/rules.ts';
import { searchSettings, searchSwap, settingDirectories } from '../inventory/settings.ts';
import { searchListeners, searchSockets } from '../inventory/sockets.ts';
import { HeardSearch, inDirectories } from './heard.ts';
import type { KernelMonitor } from './monitor.ts';

type Found = readonly UndeclaredKind[] | null;

export interface QuickLookOptions {
  /** True if the kernel serves this server alone. */
  ownKernel: boolean;
  monitor: KernelMonitor;
  /** Called when the kernel has told of a change that the next look will judge. */
  heard(): void;
}

/** The first part, again and again. */
export class QuickLook {
  readonly #options: QuickLookOptions;
  readonly #processes = new ProcessList();
  #judged: { processes: readonly Process[]; own: string; found: Found } | null = null;
  readonly #files: HeardSearch<UndeclaredKind[]>;
  readonly #settings: HeardSearch<UndeclaredKind[]>;
  #mounts: string | null = null;

  constructor(options: QuickLookOptions) {
    const { ownKernel } = options;
    this.#options = options;
    const heard = (): void => {
      this.#files.renew();
      this.#settings.renew();
      options.heard();
    };
    this.#files = new HeardSearch(searchFiles, inDirectories(writableDirectories), heard);
    this.#settings = new HeardSearch(
      () => searchSettings(ownKernel),
      inDirectories(() => settingDirectories(ownKernel)),
      heard,
    );
  }

  /** Everything that was mounted at the last look, with how; null if it could not be read. */
  get mounts(): string | null {
    return this.#mounts;
  }

  /** What no release explains, as far as the kernel's own files show it. Never throws. */
  look(): Set<InsideKind> {
    const { ownKernel, monitor } = this.#options;
    this.#lookAtMounts();
    const searches: (() => Found)[] = [
      () => this.#lookAtProcesses(),
      () => searchListeners(monitor.pids),
      foreignInterfaces,
      searchRoutes,
      () => this.#files.look(),
      () => this.#settings.look(),
      ...(searchesOf(ownKernel ? 'microvm' : 'container').includes('open_files')
        ? [() => this.#lookAtOpenFiles(), searchSwap]
        : []),
    ];
    const kinds = new Set<InsideKind>();
    for (const search of searches) {
      try {
        collect(kinds, search());
      } catch {
        kinds.add('watch_blind');
      }
    }
    if (!monitor.hears) kinds.add('watch_blind');
    return kinds;
  }

  /** Directories do not tell that something was mounted on them, or that it is gone: the files are other ones then. */
  #lookAtMounts(): void {
    const before = this.#mounts;
    this.#mounts = mountsOrNull();
    if (this.#mounts === null || this.#mounts !== before) this.#files.renew();
  }

  #lookAtProcesses(): Found {
    const processes = this.#processes.now();
    // The filter is known by its program and not by its name: asked each time, as a process can become another program.
    const own = ownProcesses();
    const text = JSON.stringify(own);
    if (this.#judged?.processes !== processes || this.#judged.own !== text) {
      this.#judged = { processes, own: text, found: searchProcesses(processes, own) };
    }
    return this.#judged.found;
  }

  #lookAtOpenFiles(): Found {
    const programs = this.#processes.now().filter(({ kernel }) => !kernel);
    return searchOpenFiles(programs.map(({ pid }) => pid));
  }

  /** The next look searches everything, also what the kernel has told nothing of. */
  renew(): void {
    this.#judged = null;
    this.#processes.renew();
    this.#files.renew();
    this.#settings.renew();
  }
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

/** What a server mounts, it mounts before its agent starts. */
const mountsNow = judging('/proc/self/mountinfo', (text) =>
  text
    .split('\n')
    .map((line) => line.split(' ').slice(2).join(' '))
    .toSorted()
    .join('\n'),
);

/** Null if they cannot be read. */
export function mountsOrNull(): string | null {
  try {
    return mountsNow();
  } catch {
    return null;
  }
}
