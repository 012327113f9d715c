/**
 * Files that only an open descriptor still leads to, disks that are open, and programs and events that a process holds in the kernel.
 * Reading other users' descriptors takes a root with all its powers: a virtual machine's has them, a container's does not.
 */

import { readdirSync, readlinkSync, statSync } from 'node:fs';
import type { UndeclaredKind } from '@lethe/core/inventory';

const IN_KERNEL = /^anon_inode:\[?(bpf|perf_event)/;

/** Null if the descriptors of one of these processes, or of any, cannot be read. Threads of the kernel have none. */
export function searchOpenFiles(pids: readonly number[] = allPids()): UndeclaredKind[] | null {
  const found = new Set<UndeclaredKind>();
  for (const pid of pids) {
    let descriptors: string[];
    try {
      descriptors = readdirSync(`/proc/${pid}/fd`);
    } catch (error) {
      if (hasGone(error)) continue;
      return null;
    }
    for (const descriptor of descriptors) {
      const kind = kindOf(`/proc/${pid}/fd/${descriptor}`);
      if (kind) found.add(kind);
    }
  }
  return [...found];
}

const allPids = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

const hasGone = (error: unknown): boolean => ['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '');

function kindOf(path: string): UndeclaredKind | null {
  try {
    const target = readlinkSync(path);
    if (IN_KERNEL.test(target)) return 'kernel_program';
    if (target.endsWith(' (deleted)')) return 'deleted_file';
    return target.startsWith('/dev/') && statSync(path).isBlockDevice() ? 'open_disk' : null;
  } catch (error) {
    // A descriptor that was closed meanwhile leads nowhere.
    if (hasGone(error)) return null;
    throw error;
  }
}
