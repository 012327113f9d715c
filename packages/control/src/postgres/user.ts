/** The user that PostgreSQL runs as: it refuses root, and it should reach nothing but its own directories. */

import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { LetheError } from '@lethe/core';

export interface SystemUser {
  name: string;
  uid: number;
  gid: number;
}

/** The system user `postgres`, which Debian's package makes; the present user where this process is not root. Throws `missing_tool`. */
export function databaseUser(passwd: string = readFileSync('/etc/passwd', 'utf8')): SystemUser {
  const users = passwd.split('\n').map((line) => line.split(':'));
  const find = (matches: (fields: string[]) => boolean): SystemUser | undefined => {
    const fields = users.find((candidate) => candidate.length >= 4 && matches(candidate));
    return fields && { name: fields[0]!, uid: Number(fields[2]), gid: Number(fields[3]) };
  };
  const own = process.getuid?.() ?? 0;
  const user = own === 0 ? find(([name]) => name === 'postgres') : find((fields) => Number(fields[2]) === own);
  if (user) return user;
  throw new LetheError(
    'missing_tool',
    'There is no system user postgres, as whom the database runs alone. Nothing was started. Install the Debian package postgresql.',
  );
}

/** Throws `database_failed` if the user cannot pass through a directory above `path`. Names the directory to open. */
export function checkReachable(path: string, user: SystemUser): void {
  for (let directory = dirname(path); ; directory = dirname(directory)) {
    const { mode, uid, gid } = statSync(directory);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) {
      throw new LetheError(
        'database_failed',
        `The database runs as the user ${user.name}, who cannot enter ${directory}. Nothing was started. Choose another data directory, or allow it with: chmod o+x ${directory}`,
      );
    }
    if (directory === dirname(directory)) return;
  }
}
