/**
 * Where a drill searches: files, memory of processes, tables of the host. Each source says what it is in words of a closed list plus a
 * path or a map's name, and either what was found or why it could not be read: not read is never the same as nothing found.
 */

import { execFile } from 'node:child_process';
import { closeSync, constants, lstatSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fromBuffer, type Hit, type Hunter, type Read } from './hunt/hunter.ts';

export interface Found {
  /** Which source, for people: `process 12 (qemu)`, `file /var/log/x`, `table conntrack`. */
  source: string;
  /** The part of it: name of a mapping; empty for files and tables. */
  area: string;
  hits: Hit[];
  bytes: number;
}

export interface Searched {
  found: Found[];
  /** What could not be read, with the reason. Nothing in it may be taken for zero hits. */
  unread: string[];
}

export const nothing = (): Searched => ({ found: [], unread: [] });

export const merge = (parts: readonly Searched[]): Searched => ({
  found: parts.flatMap(({ found }) => found),
  unread: parts.flatMap(({ unread }) => unread),
});

const reason = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? 'not readable';

const counted = (read: Read): { read: Read; total: () => number } => {
  let bytes = 0;
  return {
    read: (into, offset) => {
      const count = read(into, offset);
      bytes += count;
      return count;
    },
    total: () => bytes,
  };
};

/** A regular file from beginning to end, at most `limit` bytes; a longer one is reported as unread beyond it. */
export function searchFile(
  hunter: Hunter,
  path: string,
  source = `file ${path}`,
  limit = Number.POSITIVE_INFINITY,
): Searched {
  let file: number | null = null;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const open = file;
    const { read, total } = counted((into, offset) =>
      offset >= limit ? 0 : readSync(open, into, 0, Math.min(into.length, limit - offset), offset),
    );
    const found = [{ source, area: '', hits: hunter.search(read), bytes: total() }];
    return { found, unread: total() >= limit ? [`${source}: only the first ${limit} bytes`] : [] };
  } catch (error) {
    // Files come and go; one that is gone holds nothing any more.
    return reason(error) === 'ENOENT' ? nothing() : { found: [], unread: [`${source}: ${reason(error)}`] };
  } finally {
    if (file !== null) closeSync(file);
  }
}

/** Every regular file below a directory, without following links. A directory that does not exist holds nothing. */
export function searchDirectory(
  hunter: Hunter,
  directory: string,
  skip: (path: string) => boolean = () => false,
): Searched {
  const parts: Searched[] = [];
  const walk = (path: string): void => {
    try {
      const stat = lstatSync(path);
      if (skip(path)) return;
      if (stat.isDirectory()) for (const name of readdirSync(path).toSorted()) walk(join(path, name));
      else if (stat.isFile()) parts.push(searchFile(hunter, path));
    } catch (error) {
      if (reason(error) !== 'ENOENT') parts.push({ found: [], unread: [`file ${path}: ${reason(error)}`] });
    }
  };
  walk(directory);
  return merge(parts);
}

/** Pages of the kernel's own making, which cannot be read and hold nothing of anybody. */
const KERNEL_PAGES = /^\[(vvar|vvar_vclock|vsyscall)\]$/;

/** All readable memory of a process by its maps, packet rings included, and the files it holds open that have no name any more. */
export function searchProcess(hunter: Hunter, pid: number, what: string): Searched {
  const source = `process ${pid} (${what})`;
  const result = nothing();
  let memory: number | null = null;
  try {
    const maps = readFileSync(`/proc/${pid}/maps`, 'utf8').trim();
    if (maps === '') return { found: [], unread: [`${source}: has no memory of its own any more`] };
    memory = openSync(`/proc/${pid}/mem`, 'r');
    for (const line of maps.split('\n')) searchMap(hunter, memory, source, line, result);
  } catch (error) {
    result.unread.push(`${source}: ${reason(error)}`);
  } finally {
    if (memory !== null) closeSync(memory);
  }
  return merge([result, searchUnlinked(hunter, pid, source)]);
}

function searchMap(hunter: Hunter, memory: number, source: string, line: string, result: Searched): void {
  const match = /^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+ *(.*)$/.exec(line);
  if (!match) return;
  const [from, to] = [Number.parseInt(match[1]!, 16), Number.parseInt(match[2]!, 16)];
  const area = match[4] === '' ? '[anonymous]' : match[4]!;
  if (KERNEL_PAGES.test(area) || !match[3]!.startsWith('r')) return;
  const { read, total } = counted((into, offset) =>
    offset >= to ? 0 : readSync(memory, into, 0, Math.min(into.length, to - offset), offset),
  );
  try {
    const hits = hunter.search(read, from);
    result.found.push({ source, area, hits, bytes: total() });
  } catch (error) {
    result.unread.push(`${source}: ${area}: ${reason(error)}`);
  }
}

function searchUnlinked(hunter: Hunter, pid: number, source: string): Searched {
  const parts: Searched[] = [];
  try {
    for (const name of readdirSync(`/proc/${pid}/fd`)) {
      const path = `/proc/${pid}/fd/${name}`;
      const target = readlinkSync(path);
      if (/^\/.* \(deleted\)$/.test(target) && !target.startsWith('/dev/'))
        parts.push(searchFile(hunter, path, `${source}: file ${target}`));
    }
  } catch (error) {
    parts.push({ found: [], unread: [`${source}: open files: ${reason(error)}`] });
  }
  return merge(parts);
}

/** Runs a command where the host's network is; `exec` rejects if it fails. */
export type Exec = (command: string, args: readonly string[]) => Promise<string>;

const own = promisify(execFile);
export const execHere: Exec = async (command, args) =>
  (await own(command, [...args], { maxBuffer: 64 << 20, encoding: 'latin1' })).stdout;

/** Tables of a host in which traces of a connection may lie, and the command that prints each. */
const TABLES: readonly [string, string, readonly string[]][] = [
  ['conntrack', 'conntrack', ['-L']],
  ['conntrack ipv6', 'conntrack', ['-L', '-f', 'ipv6']],
  ['conntrack expectations', 'conntrack', ['-L', 'expect']],
  ['neighbours', 'ip', ['neighbour', 'show', 'nud', 'all']],
  ['route cache ipv4', 'ip', ['route', 'show', 'cache']],
  ['route cache ipv6', 'ip', ['-6', 'route', 'show', 'cache']],
  ['tcp metrics', 'ip', ['tcp_metrics', 'show']],
  ['firewall', 'nft', ['list', 'ruleset']],
  ['sockets', 'ss', ['-anp']],
  ['kernel messages', 'dmesg', []],
  ['network files', 'sh', ['-c', 'find /proc/self/net/ -type f ! -name "*kmsg*" -exec cat {} + 2>/dev/null || true']],
];

export async function searchTables(hunter: Hunter, exec: Exec = execHere): Promise<Searched> {
  const parts: Searched[] = [];
  for (const [name, command, args] of TABLES) {
    const source = `table ${name}`;
    try {
      const text = Buffer.from(await exec(command, args), 'latin1');
      parts.push({
        found: [{ source, area: '', hits: hunter.search(fromBuffer(text)), bytes: text.length }],
        unread: [],
      });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      parts.push({ found: [], unread: [`${source}: ${typeof code === 'string' ? code : 'the command failed'}`] });
    }
  }
  return merge([...parts, searchSwap()]);
}

/** Swap devices cannot be searched by name of an owner: present ones are said to be unread. */
function searchSwap(): Searched {
  try {
    const devices = readFileSync('/proc/swaps', 'utf8').trim().split('\n').slice(1);
    return { found: [], unread: devices.map((line) => `swap ${line.split(/\s/)[0]}: present, not searched`) };
  } catch (error) {
    return { found: [], unread: [`swap: ${reason(error)}`] };
  }
}
