/** The files of the database: made once, whole or not at all. */

import { chmodSync, chownSync, constants, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run.ts';
import { HBA, identMap, ROLE, WAL_SEGMENT_MB } from './settings.ts';
import type { SystemUser } from './user.ts';

/**
 * Makes the cluster if there is none. It is built beside its place and renamed into it at the end: an attempt that was cut short is
 * thrown away by the next one.
 */
export async function ensureCluster(clusterDir: string, binaries: string, user: SystemUser): Promise<void> {
  if (existsSync(join(clusterDir, 'PG_VERSION'))) return;
  const building = `${clusterDir}.new`;
  rmSync(building, { recursive: true, force: true });
  ownDirectory(building, user);
  await run(
    join(binaries, 'initdb'),
    [
      '-D',
      building,
      '-U',
      ROLE,
      '--data-checksums',
      `--wal-segsize=${WAL_SEGMENT_MB}`,
      '--encoding=UTF8',
      '--locale=C',
      '--auth=peer',
      '--no-instructions',
    ],
    user,
    building,
  );
  for (const [name, text] of Object.entries({ 'pg_hba.conf': HBA, 'pg_ident.conf': identMap(user.name) })) {
    writeNew(join(building, name), text);
  }
  renameSync(building, clusterDir);
}

/**
 * Replaces a file in a directory that another user owns. That user may put a link in its place at any moment: a file is made anew, by
 * a call that follows none, or not at all.
 */
export function writeNew(path: string, text: string): void {
  rmSync(path, { force: true });
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
  // Its user reads it; nothing in it is secret, and the directory is closed to others.
  writeFileSync(path, text, { flag: O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, mode: 0o644, flush: true } as never);
}

/** A directory that only the database's user may enter. */
export function ownDirectory(path: string, user: SystemUser): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (process.getuid?.() === 0) chownSync(path, user.uid, user.gid);
  chmodSync(path, 0o700);
}
