/** QEMU processes of this engine: finding them by name and ending them for certain. */

import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { LetheError } from '@lethe/core';
import { identify, type ProcessIdentity } from '../process/process-identity.ts';

/** How long the kernel may take to end a killed process, in milliseconds. */
const END_LIMIT_MS = 20_000;

/** Every live QEMU that was started under a name. */
export function processesNamed(name: string): ProcessIdentity[] {
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  return pids.filter((pid) => hasName(pid, name)).flatMap((pid) => identify(Number(pid)) ?? []);
}

function hasName(pid: string, name: string): boolean {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return words.includes(`guest=${name}`) && words.some((word) => word.endsWith('qemu-system-x86_64'));
  } catch {
    return false;
  }
}

/** Kills exactly this process and waits until nothing of it is left, its network interface included. Throws `engine_failed`. */
export async function endProcess(process_: ProcessIdentity): Promise<void> {
  const deadline = Date.now() + END_LIMIT_MS;
  if (!isGone(process_)) kill(process_.pid);
  while (!isGone(process_)) {
    if (Date.now() > deadline)
      throw new LetheError('engine_failed', 'A virtual machine could not be ended. It will be tried again.');
    await sleep(5);
  }
}

/**
 * True once the process has let go of everything. A zombie has, but only when its other threads have ended too: until then they hold
 * the interface open.
 */
export function isGone({ pid, startTime }: ProcessIdentity): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[19] !== startTime) return true;
    return (fields[0] === 'Z' || fields[0] === 'X') && readdirSync(`/proc/${pid}/task`).length <= 1;
  } catch {
    return true;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
