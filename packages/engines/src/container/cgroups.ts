/**
 * Control groups of a container, on cgroup v1, v2 and the mix of both: where they are, whether their limits are in
 * force, and their removal. runc makes them; an interrupted runc leaves them behind.
 */

import { readdirSync, readFileSync, rmdirSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { LetheError } from '@lethe/core';

interface Hierarchy {
  mountPoint: string;
  version: 1 | 2;
  /** Controllers of a v1 hierarchy; empty for v2. */
  controllers: readonly string[];
}

export interface CgroupLimits {
  memoryMb: number;
  pids: number;
  /** True if swap must be limited to none too. */
  swapLimit: boolean;
}

/** Every cgroup hierarchy mounted here. */
export function hierarchies(mountInfo: string = readFileSync('/proc/self/mountinfo', 'utf8')): Hierarchy[] {
  const found: Hierarchy[] = [];
  for (const line of mountInfo.split('\n')) {
    const [before, after] = line.split(' - ');
    const mountPoint = before?.split(' ')[4];
    const [type, , options] = after?.split(' ') ?? [];
    if (!mountPoint || !options) continue;
    if (type === 'cgroup2') found.push({ mountPoint, version: 2, controllers: [] });
    if (type === 'cgroup') found.push({ mountPoint, version: 1, controllers: options.split(',') });
  }
  return found;
}

const read = (file: string): string | null => {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return null;
  }
};

/** True if this kernel can limit a group's swap: v1 only with swap accounting, v2 whenever it knows swap at all. */
export function canLimitSwap(): boolean {
  const v1 = hierarchies().find((hierarchy) => hierarchy.controllers.includes('memory'));
  return read(v1 ? `${v1.mountPoint}/memory.memsw.limit_in_bytes` : '/proc/swaps') !== null;
}

/**
 * Throws `engine_failed` unless the kernel shows the limits for this process, at most as large as asked. A runc that
 * could not set a limit may only warn; a server without limits would put every other server of the host at its mercy.
 */
export function requireLimits(pid: number, limits: CgroupLimits, proc = '/proc'): void {
  const limitOf = limitReader(pid, proc);
  const bytes = limits.memoryMb * 1024 * 1024;
  const holds = [
    limitOf('memory', 'memory.limit_in_bytes', 'memory.max') <= bytes,
    limitOf('pids', 'pids.max', 'pids.max') <= limits.pids,
    // v1 counts memory and swap together, v2 swap alone.
    !limits.swapLimit ||
      limitOf('memory', 'memory.memsw.limit_in_bytes', null) <= bytes ||
      limitOf('memory', null, 'memory.swap.max') === 0,
  ];
  if (holds.includes(false))
    throw new LetheError(
      'engine_failed',
      'The limits of memory and processes are not in force for a new container, so it was ended.',
    );
}

/**
 * Reads limits in force for a process, from the file of whichever version has the controller; Infinity if there is
 * none.
 */
function limitReader(pid: number, proc: string) {
  const mounted = hierarchies(read(`${proc}/self/mountinfo`) ?? '');
  const groups = (read(`${proc}/${pid}/cgroup`) ?? '').split('\n');
  return (controller: string, v1File: string | null, v2File: string | null): number => {
    for (const line of groups) {
      const [, names = '', path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
      const version = names === '' ? 2 : 1;
      if (version === 1 && !names.split(',').includes(controller)) continue;
      const hierarchy = mounted.find(
        (one) => one.version === version && (version === 2 || one.controllers.includes(controller)),
      );
      const file = version === 1 ? v1File : v2File;
      const value = hierarchy && file ? read(`${hierarchy.mountPoint}${path}/${file}`) : null;
      if (value !== null && /^\d+$/.test(value)) return Number(value);
    }
    return Number.POSITIVE_INFINITY;
  };
}

/**
 * Ends every process in a group and removes it from all hierarchies, with what lies below it. Succeeds if it does not
 * exist. Throws `engine_failed` if something in it cannot be ended.
 */
export async function removeCgroup(path: string): Promise<void> {
  const groups = hierarchies().map((hierarchy) => hierarchy.mountPoint + path);
  for (let attempt = 0; attempt < 100; attempt++) {
    const left = groups.filter((group) => statSync(group, { throwIfNoEntry: false }));
    if (left.length === 0) return;
    for (const group of left) removeTree(group);
    if (attempt > 0) await sleep(Math.min(10 * attempt, 200));
  }
  throw new LetheError(
    'engine_failed',
    'A control group of a container that was ended is still in use, and was left as it is.',
  );
}

/** One attempt: children first, since a group with children cannot be removed. */
function removeTree(group: string): void {
  try {
    for (const entry of readdirSync(group, { withFileTypes: true }))
      if (entry.isDirectory()) removeTree(`${group}/${entry.name}`);
    for (const pid of (read(`${group}/cgroup.procs`) ?? '').split('\n').filter(Boolean)) kill(Number(pid));
    rmdirSync(group);
  } catch {
    // Still busy, or gone meanwhile: the caller looks again.
  }
}

function kill(pid: number): void {
  try {
    if (pid > 1) process.kill(pid, 'SIGKILL');
  } catch {
    // Ended meanwhile.
  }
}
