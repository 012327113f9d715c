/**
 * A postmaster that outlived a killed run. It is stopped in the orderly way and a new one is started: the new one has this version's
 * settings for certain. The caller holds the lock on the data directory, so that no living run can own it.
 */

import { readFileSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LetheError } from '@lethe/core';

const STOP_LIMIT_MS = 30_000;

/** Stops the postmaster of a cluster if one runs. Throws `database_failed` if it does not end within half a minute. */
export async function stopOrphan(clusterDir: string): Promise<void> {
  const pid = postmasterOf(clusterDir);
  if (pid === undefined) return;
  process.kill(pid, 'SIGINT');
  for (const end = Date.now() + STOP_LIMIT_MS; Date.now() < end; await sleep(50)) {
    if (postmasterOf(clusterDir) !== pid) return;
  }
  throw new LetheError(
    'database_failed',
    `A database of an earlier run (process ${pid}) does not end. Nothing was started. End it by hand.`,
  );
}

/**
 * The process id in `postmaster.pid`, if that process is a PostgreSQL server working in this very directory. A number alone proves
 * nothing: after a restart of the machine it may belong to anybody.
 */
export function postmasterOf(clusterDir: string): number | undefined {
  try {
    const [line = ''] = readFileSync(join(clusterDir, 'postmaster.pid'), 'utf8').split('\n');
    const pid = Number(line);
    if (!Number.isInteger(pid) || pid <= 1) return undefined;
    const program = basename(readlinkSync(`/proc/${pid}/exe`));
    return /^post(gres|master)\b/.test(program) && readlinkSync(`/proc/${pid}/cwd`) === clusterDir ? pid : undefined;
  } catch {
    return undefined;
  }
}
