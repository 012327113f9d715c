/** Memory of processes. */

import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs';
import type { Hit, Hunter } from '../hunt/hunter.ts';
import { searchFile } from './files.ts';
import { presentRuns } from './pages.ts';
import { counted, merge, nothing, reason, type Searched } from './searched.ts';

/** Pages of the kernel's own making, which cannot be read and hold nothing of anybody. */
const KERNEL_PAGES = /^\[(vvar|vvar_vclock|vsyscall)\]$/;

interface Opened {
  memory: number;
  pagemap: number;
}

interface Mapping extends Record<'from' | 'to', number> {
  area: string;
  readable: boolean;
  /** Shared with other processes or a device: what is in it need not be in this process's page table. */
  shared: boolean;
}

/**
 * All readable memory of a process by its maps, packet rings included, and the files it holds open that have no name any more.
 * `searchedAlready` names files that are mapped here and searched as files.
 */
export function searchProcess(
  hunter: Hunter,
  pid: number,
  what: string,
  searchedAlready: readonly string[] = [],
): Searched {
  const source = `process ${pid} (${what})`;
  const result = nothing();
  const open: number[] = [];
  try {
    const maps = readFileSync(`/proc/${pid}/maps`, 'utf8').trim();
    if (maps === '') return { found: [], unread: [`${source}: has no memory of its own any more`] };
    const [memory, pagemap] = ['mem', 'pagemap'].map((name) => {
      const file = openSync(`/proc/${pid}/${name}`, 'r');
      open.push(file);
      return file;
    }) as [number, number];
    for (const mapping of maps.split('\n').flatMap(parseMapping)) {
      if (!mapping.readable || KERNEL_PAGES.test(mapping.area) || searchedAlready.includes(mapping.area)) continue;
      searchMapping(hunter, { memory, pagemap }, mapping, { source, holder: what }, result);
    }
  } catch (error) {
    result.unread.push(`${source}: ${reason(error)}`);
  } finally {
    for (const file of open) closeSync(file);
  }
  return merge([result, searchUnlinked(hunter, pid, what, source)]);
}

/** One line of /proc/PID/maps (proc_pid_maps(5)). */
function parseMapping(line: string): Mapping[] {
  const match = /^([0-9a-f]+)-([0-9a-f]+) (\S)..(\S) \S+ \S+ \S+ *(.*)$/.exec(line);
  if (!match) return [];
  const [, from, to, read, shared, name] = match as unknown as [string, string, string, string, string, string];
  return [
    {
      from: Number.parseInt(from, 16),
      to: Number.parseInt(to, 16),
      area: name === '' ? '[anonymous]' : name,
      readable: read === 'r',
      shared: shared === 's',
    },
  ];
}

function searchMapping(
  hunter: Hunter,
  { memory, pagemap }: Opened,
  mapping: Mapping,
  { source, holder }: { source: string; holder: string },
  result: Searched,
): void {
  const { area } = mapping;
  const hits: Hit[] = [];
  let bytes = 0;
  try {
    for (const run of mapping.shared ? [mapping] : presentRuns(pagemap, mapping.from, mapping.to)) {
      const { read, total } = counted((into, offset) =>
        offset >= run.to ? 0 : readSync(memory, into, 0, Math.min(into.length, run.to - offset), offset),
      );
      hits.push(...hunter.search(read, run.from));
      bytes += total();
    }
    result.found.push({ source, holder, area, hits, bytes });
  } catch (error) {
    result.unread.push(`${source}: ${area}: ${reason(error)}`);
  }
}

function searchUnlinked(hunter: Hunter, pid: number, what: string, source: string): Searched {
  const parts: Searched[] = [];
  try {
    for (const name of readdirSync(`/proc/${pid}/fd`)) {
      const path = `/proc/${pid}/fd/${name}`;
      const target = readlinkSync(path);
      if (/^\/.* \(deleted\)$/.test(target) && !target.startsWith('/dev/'))
        parts.push(searchFile(hunter, path, `${source}: file ${target}`, what));
    }
  } catch (error) {
    parts.push({ found: [], unread: [`${source}: open files: ${reason(error)}`] });
  }
  return merge(parts);
}
