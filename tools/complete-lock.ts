/**
 * Completes package-lock.json after an `npm install`: `npm ci` refuses a lock file that lacks an optional package, also one for a
 * platform nobody here has, and npm leaves out those that the registry in use does not offer. Each such package gets an entry for a
 * platform that does not exist, so that it is never installed. Prints how many were added; a second run adds none.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

interface LockEntry {
  version?: string;
  optional?: boolean;
  os?: string[];
  optionalDependencies?: Record<string, string>;
}

/** Optional packages that an entry of the lock asks for and that it has no entry for: name to version. */
export function missingOptional(packages: Record<string, LockEntry>): Map<string, string> {
  const missing = new Map<string, string>();
  for (const [path, entry] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (!packages[`${path}/node_modules/${name}`] && !packages[`node_modules/${name}`]) missing.set(name, version);
    }
  }
  return missing;
}

if (import.meta.main) {
  const file = fileURLToPath(new URL('../package-lock.json', import.meta.url));
  const lock = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, LockEntry> };
  const missing = missingOptional(lock.packages);
  for (const [name, version] of missing) {
    lock.packages[`node_modules/${name}`] = { version, optional: true, os: ['not-offered'] };
  }
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`${missing.size} packages of other platforms completed.`);
}
