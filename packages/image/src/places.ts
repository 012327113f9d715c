/** Where the builder keeps what it fetched and made. One directory for all data directories of a machine, named by content. */

import { join } from 'node:path';

export interface Places {
  /** Fetched packages, each named by its sha256. */
  packages: string;
  /** Finished images, each named by the hash of everything it was made from. */
  images: string;
  /** Package lists that took the place of the lock file's on this machine. */
  resolved: string;
}

/** The directories below `LETHE_CACHE`, or below /var/cache/lethe. */
export function places(cache = process.env['LETHE_CACHE'] ?? '/var/cache/lethe'): Places {
  return { packages: join(cache, 'packages'), images: join(cache, 'images'), resolved: join(cache, 'resolved') };
}
