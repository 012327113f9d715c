/** The programs the test internet runs, and the Debian package each comes from. */

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { LetheError } from '@lethe/core';
import packages from '../debian-packages.json' with { type: 'json' };

/** Where programs are looked for: root's directories too, which a login shell may leave out. */
export const TOOL_PATH = [process.env['PATH'] ?? '', '/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin'].join(
  delimiter,
);

/** Absolute path of a program, or null. */
export function findTool(name: string): string | null {
  for (const directory of TOOL_PATH.split(delimiter)) {
    const path = join(directory, name);
    try {
      if (directory !== '') {
        accessSync(path, constants.X_OK);
        return path;
      }
    } catch {
      // not in this directory
    }
  }
  return null;
}

/** Throws `missing_tool`, naming the Debian packages, unless every program is there. */
export function requireTools(...names: string[]): void {
  const missing = names.filter((name) => findTool(name) === null);
  if (missing.length === 0) return;
  const wanted = missing.map((name) => packages.find((entry) => entry.tools.includes(name))?.package ?? name);
  throw new LetheError(
    'missing_tool',
    `Nothing was started: ${missing.join(', ')} is missing. Install: apt-get install --no-install-recommends ${[...new Set(wanted)].join(' ')}`,
  );
}
