/**
 * User ids of the host that stand for the users of one server. Each server has a range of its own, so that a process
 * that broke out of one server would own nothing of another, and per-user limits of the kernel are never shared.
 *
 * The ranges lie where neither login users, Debian's /etc/subuid (from 100000), systemd's containers (up to 0x6fffffff)
 * nor its foreign ids (0x7ffe0000) are.
 */

import { randomInt } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { LetheError } from '@lethe/core';

export const UID_RANGE = { first: 0x7000_0000, size: 0x1_0000, count: 0xffe } as const;

/** Number of the range a host uid lies in, or null if it lies in none. */
export function rangeOf(uid: number): number | null {
  const index = Math.floor((uid - UID_RANGE.first) / UID_RANGE.size);
  return index >= 0 && index < UID_RANGE.count ? index : null;
}

/**
 * First uid of a range that no machine in `taken` (first uids) and no process of this host uses. The choice is random,
 * so that two installations that choose at the same moment do not meet. Throws `engine_failed` if none is free.
 */
export function chooseUidRange(taken: Iterable<number>, inUse: Iterable<number> = uidsInUse()): number {
  const used = new Set<number>();
  for (const uid of [...taken, ...inUse]) {
    const index = rangeOf(uid);
    if (index !== null) used.add(index);
  }
  const free = UID_RANGE.count - used.size;
  if (free === 0)
    throw new LetheError('engine_failed', 'Every range of user ids for containers is in use on this host.');
  let skip = randomInt(free);
  for (let index = 0; index < UID_RANGE.count; index++) {
    if (!used.has(index) && skip-- === 0) return UID_RANGE.first + index * UID_RANGE.size;
  }
  throw new LetheError('internal', 'No free range of user ids was found although one was counted.');
}

/** Owner of every process of the host. */
function uidsInUse(): Set<number> {
  const uids = new Set<number>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = statSync(`/proc/${entry}`, { throwIfNoEntry: false });
    if (stat) uids.add(stat.uid);
  }
  return uids;
}
