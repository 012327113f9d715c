/**
 * Which process a number means: process ids are used again, so a process is known by its id and the time it started.
 */

import { readFileSync } from 'node:fs';

export interface ProcessIdentity {
  pid: number;
  /** Clock ticks from boot to its start, as /proc prints them. */
  startTime: string;
}

/** The identity of the live process with this id, or null if there is none (a zombie counts as none). */
export function identify(pid: number): ProcessIdentity | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null;
  }
  // The command name may hold spaces and brackets; the fields after it are counted from the last bracket.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, startTime] = [fields[0], fields[19]];
  return state === undefined || startTime === undefined || state === 'Z' || state === 'X' ? null : { pid, startTime };
}

/** True while this very process lives. */
export const isAlive = (identity: ProcessIdentity): boolean => identify(identity.pid)?.startTime === identity.startTime;
