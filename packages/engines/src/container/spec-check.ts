/** Checks what a machine is to be made of before anything is made. */

import { statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { LetheError, type MachineSpec } from '@lethe/core';

/** Throws `bad_request` for a malformed specification and `image_broken` for an image without a usable root. */
export function checkSpec(spec: MachineSpec): void {
  const positive = (value: number): boolean => Number.isInteger(value) && value > 0;
  if (!/^[0-9a-f]{32}$/.test(spec.id)) throw new LetheError('bad_request', 'A server id has 32 hexadecimal digits.');
  if (!/^[a-zA-Z][a-zA-Z0-9_-]{0,14}$/.test(spec.hostInterface))
    throw new LetheError('bad_request', 'The name of a network interface has 1 to 15 letters, digits, - and _.');
  if (!positive(spec.memoryMb) || !positive(spec.pids))
    throw new LetheError('bad_request', 'Limits of memory and processes are whole numbers above zero.');
  requireRoot(spec.image.rootDir);
}

/**
 * The image's root must be a directory with the server's first program in it, and the container's users, who are nobody
 * on the host, must be able to reach it.
 */
function requireRoot(rootDir: string): void {
  if (!isAbsolute(rootDir) || !statSync(`${rootDir}/sbin/lethe-init`, { throwIfNoEntry: false })?.isFile())
    throw new LetheError('image_broken', 'The image has no usable root directory. Build it again.');
  for (let end = rootDir.length; end > 0; end = rootDir.lastIndexOf('/', end - 1)) {
    const directory = rootDir.slice(0, end);
    if ((statSync(directory).mode & 0o001) === 0)
      throw new LetheError(
        'image_broken',
        'A directory above the image is closed to other users. Open it for passing (chmod o+x).',
      );
  }
}
