/**
 * A postmaster that outlived a killed run. It is stopped in the orderly way and a new one is started: the new one has this version's
 * settings for certain. The caller holds the lock on the data directory, so that no living run can own it.
 */

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LetheError } from '@lethe/core';

const STOP_LIMIT_MS = 30_000;

/** Stops the postmaster of a cluster if one runs, and waits for every process of it. Throws `database_failed` if it does not end within half a minute. */
export async function stopOrphan(clusterDir: string): Promise<void> {
  const pid = postmasterOf(clusterDir);
  if (pid !== undefined) process.kill(pid, 'SIGINT');
  // Processes of a postmaster that was killed end by themselves a moment later; until then a new one does not start.
  let left = processesIn(clusterDir);
  for (const end = Date.now() + STOP_LIMIT_MS; left.length > 0 && Date.now() < end; left = processesIn(clusterDir)) {
    await sleep(50);
  }
  if (left.length === 0) return;
  throw new LetheError(
    'database_failed',
    `A database of an earlier run (process ${left[0]}) does not end. Nothing was started. End it by hand.`,
  );
}

/** Process ids of the PostgreSQL server processes that work in a directory. */
const processesIn = (clusterDir: string): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => isServer(pid, clusterDir));

function isServer(pid: number, clusterDir: string): boolean {
  try {
    const program = basename(readlinkSync(`/proc/${pid}/exe`));
    return /^post(gres|master)\b/.test(program) && readlinkSync(`/proc/${pid}/cwd`) === clusterDir;
  } catch {
    return false;
  }
}

/**
 * The process id in `postmaster.pid`, if that process is a PostgreSQL server working in this very directory. A number alone proves
 * nothing: after a restart of the machine it may belong to anybody.
 */
export function postmasterOf(clusterDir: string): number | undefined {
  try {
    const [line = ''] = readFileSync(join(clusterDir, 'postmaster.pid'), 'utf8').split('\n');
    const pid = Number(line);
    return Number.isInteger(pid) && pid > 1 && isServer(pid, clusterDir) ? pid : undefined;
  } catch {
    return undefined;
  }
}
