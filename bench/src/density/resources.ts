/** What one server takes on its host: memory with its file on tmpfs counted once, processor time, and how long it has run. */

import { readFileSync, statSync } from 'node:fs';
import { memoryOf } from '../memory.ts';

/** Clock ticks of /proc in a second: the same on every Linux that Lethe runs on. */
const TICKS = 100;

/** Fields of /proc/PID/stat from the third on, which is index 0. */
function statOf(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** Processor seconds of processes so far. */
export const cpuSeconds = (pids: readonly number[]): number =>
  pids.reduce((total, pid) => {
    const fields = statOf(pid);
    return total + (Number(fields[11]) + Number(fields[12])) / TICKS;
  }, 0);

/** The same with the tools that they have run and waited for. */
export const cpuSecondsWithTools = (pids: readonly number[]): number =>
  pids.reduce((total, pid) => {
    const fields = statOf(pid);
    return total + [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0) / TICKS;
  }, 0);

/** Seconds since a process started. */
export const ageSeconds = (pid: number): number =>
  Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) - Number(statOf(pid)[19]) / TICKS;

/**
 * Host memory of a server in MB of 10^6 bytes: PSS of its processes without what they map of tmpfs, and what its own memory file takes
 * there, whether mapped or not.
 */
export function hostMemory(pids: readonly number[], memoryFile: string | null): number {
  if (memoryFile === null) return memoryOf(pids).pss;
  const shared = pids.reduce(
    (total, pid) =>
      total + Number(/^Pss_Shmem:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0),
    0,
  );
  return memoryOf(pids).pss - shared * 1.024e-3 + (statSync(memoryFile).blocks * 512) / 1e6;
}

/** The memory file that a virtual machine's command line names; null for other processes. */
export function memoryFileOf(pids: readonly number[]): string | null {
  for (const pid of pids) {
    const match = /mem-path=([^,\0]+)/.exec(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
    if (match) return match[1]!;
  }
  return null;
}

/** Processes among these that run a program of the given file name. One that has ended meanwhile is left out. */
export const running = (pids: readonly number[], program: string): number[] =>
  pids.filter((pid) => commandLine(pid).some((word) => word.endsWith(`/${program}`)));

function commandLine(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}
