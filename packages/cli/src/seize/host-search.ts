/** The host beside the machine that is drilled: the service's processes, its files and those of the system's logs, the kernel's tables. */

import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename } from 'node:path';
import { type Hunter, merge, type Searched, searchDirectory, searchProcess, searchTables } from '@lethe/audit';
import type { Engine, MemoryArea } from '@lethe/core';
import { type Marks, processes } from '../demo/leftovers.ts';

export interface DrilledHost {
  marks: Marks;
  engine: Engine;
  /** The machine that is drilled. */
  id: string;
  /** Prints a table of the kernel where the host's network is. */
  exec: (command: string, args: readonly string[]) => Promise<string>;
  /** Directories of the laboratory itself, which hold what the drill sends. */
  except?: readonly string[];
}

/** Searches all of it but what is searched as the machine's own memory, while there is a machine. */
export async function searchHost(host: DrilledHost, hunter: Hunter): Promise<Searched> {
  const { engine, id, marks } = host;
  const areas: MemoryArea[] = await engine.memory(id).catch(() => []);
  const pids = areas.flatMap((area) => (area.kind === 'process' ? [area.pid] : []));
  const files = areas.flatMap((area) => (area.kind === 'file' ? [area.path] : []));
  const tables = await searchTables(hunter, host.exec);
  const own = hostProcesses(marks).filter(({ pid }) => !pids.includes(pid));
  return merge([
    tables,
    ...own.map(({ pid, what }) => searchLiving(hunter, pid, what)),
    ...directories(host).map(([path, skip]) =>
      searchDirectory(hunter, path, (file) => skip(file) || files.includes(file)),
    ),
  ]);
}

/**
 * A process of the service that ends while it is searched, such as a worker of the database, has no memory any more: its pages are the
 * kernel's, a stated limit. What was found in it until then counts.
 */
function searchLiving(hunter: Hunter, pid: number, what: string): Searched {
  const searched = searchProcess(hunter, pid, what);
  return existsSync(`/proc/${pid}`) ? searched : { ...searched, unread: [] };
}

/** Programs of the service by the words the inventory knows them by. */
const PROGRAMS: readonly [RegExp, string][] = [
  [/packages\/host\//, 'supervisor'],
  [/packages\/control\//, 'control'],
  [/^postgres|\/postgres /, 'postgres'],
  [/ up --/, 'lethe up'],
];

/** The host's own processes of a service: not the machine's, which are searched as such. */
function hostProcesses(marks: Marks): { pid: number; what: string }[] {
  return processes(marks).flatMap((line) => {
    const [, pid] = line.split(' ');
    const command = commandOf(Number(pid));
    const program = PROGRAMS.find(([pattern]) => pattern.test(command))?.[1] ?? command.slice(0, 40);
    return command === '' ? [] : [{ pid: Number(pid), what: program }];
  });
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return ''; // it has ended
  }
}

/** Where a service could leave a file. What belongs to the laboratory itself, or to another service of this machine, is left out. */
function directories({ marks, except = [] }: DrilledHost): [string, (path: string) => boolean][] {
  const runDir = `/run/lethe/${marks.instance}`;
  const foreign = (path: string): boolean =>
    (/\/lethe-[^/]*$/.test(path) && !path.includes(basename(runDir))) || except.includes(path);
  return [
    [marks.dataDir, () => false],
    [runDir, () => false],
    ['/var/log', () => false],
    ...['/dev/shm', tmpdir(), '/var/tmp'].map((path): [string, (path: string) => boolean] => [path, foreign]),
  ];
}
