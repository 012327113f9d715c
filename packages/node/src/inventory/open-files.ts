/**
 * Files that only an open descriptor still leads to, disks that are open, and programs and events that a process holds in the kernel.
 * Reading other users' descriptors takes a root with all its powers: a virtual machine's has them, a container's does not.
 */

import { readdirSync, readlinkSync, statSync } from 'node:fs';
import type { UndeclaredKind } from '@lethe/core/inventory';

const IN_KERNEL = /^anon_inode:\[?(bpf|perf_event)/;

/**
 * Null if the descriptors of one of these processes cannot be read, or if there is none: the one that asks must be among them. Without
 * a list it looks at all; threads of the kernel have none. Throws if they cannot be listed.
 */
export function searchOpenFiles(pids: readonly number[] = allPids()): UndeclaredKind[] | null {
  if (pids.length === 0) return null;
  const found = new Set<UndeclaredKind>();
  for (const pid of pids) {
    try {
      for (const descriptor of descriptorsOf(pid)) {
        const kind = kindOf(descriptor);
        if (kind) found.add(kind);
      }
    } catch (error) {
      if (!hasGone(error)) return null;
    }
  }
  return [...found];
}

/** All threads of a process share them; where the first one has ended, the others still show them. */
function descriptorsOf(pid: number): string[] {
  const inDirectory = (directory: string): string[] => readdirSync(directory).map((name) => `${directory}/${name}`);
  const own = inDirectory(`/proc/${pid}/fd`);
  if (own.length > 0) return own;
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) => inDirectory(`/proc/${pid}/task/${thread}/fd`));
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
