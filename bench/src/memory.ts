/** Memory of machines on their host. */

import { readdirSync, readFileSync } from 'node:fs';

/** Processes whose mounts or command line hold a mark: a container mounts its machine's directory, a virtual machine names it. */
export function processesWith(mark: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && `${read(pid, 'mountinfo')}${read(pid, 'cmdline')}`.includes(mark));
}

/** Sums over processes, in MB of 10^6 bytes: RSS counts shared pages in full, PSS by share. */
export function memoryOf(pids: readonly number[]): { rss: number; pss: number } {
  const sum = (field: string): number =>
    pids.reduce(
      (total, pid) => total + Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(read(pid, 'smaps_rollup'))?.[1] ?? 0),
      0,
    ) * 1.024e-3;
  return { rss: sum('Rss'), pss: sum('Pss') };
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return ''; // it has ended
  }
}
