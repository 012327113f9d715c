/** Where Debian keeps PostgreSQL's programs. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LetheError } from '@lethe/core';

const DEBIAN = '/usr/lib/postgresql';

/**
 * The directory of programs that fits a data directory: the version that made it, or the newest installed one for a new directory.
 * Throws `missing_tool`.
 */
export function binariesFor(clusterDir: string, base: string = DEBIAN): string {
  const installed = existsSync(base) ? readdirSync(base).filter((name) => /^\d+$/.test(name)) : [];
  const usable = installed.filter((name) => existsSync(join(base, name, 'bin/postgres')));
  const made = versionOf(clusterDir);
  const version = made ?? usable.toSorted((a, b) => Number(b) - Number(a))[0];
  if (version !== undefined && usable.includes(version)) return join(base, version, 'bin');
  throw new LetheError(
    'missing_tool',
    made === undefined
      ? 'PostgreSQL is not installed. Nothing was started. Install the Debian package postgresql.'
      : `The database was made by PostgreSQL ${made}, which is not installed. Nothing was changed. Install the package postgresql-${made}.`,
  );
}

function versionOf(clusterDir: string): string | undefined {
  const file = join(clusterDir, 'PG_VERSION');
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
}
