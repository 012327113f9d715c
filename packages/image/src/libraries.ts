/** The shared libraries that programs need, and the libraries of those: taken from the image's packages, never from this machine. */

import { readFile } from 'node:fs/promises';
import { LetheError } from '@lethe/core';
import { isElf, neededLibraries } from './elf.ts';
import type { Unpacked } from './unpacked.ts';

const MULTIARCH = '/usr/lib/x86_64-linux-gnu';
const LOADER = '/usr/lib64/ld-linux-x86-64.so.2';

/** Image path to file of every library in the closure. Throws `image_broken` if a library is in no package. */
export async function libraryClosure(programs: readonly string[], packages: Unpacked): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const queue = [...programs];
  for (let file = queue.pop(); file; file = queue.pop()) {
    const bytes = await readFile(file);
    if (!isElf(bytes)) continue;
    for (const name of neededLibraries(bytes)) {
      const path = name === LOADER.split('/').at(-1) ? LOADER : `${MULTIARCH}/${name}`;
      if (found.has(path)) continue;
      const library = packages.find(path) ?? packages.find(`${MULTIARCH}/${name}`) ?? packages.find(`/usr/lib/${name}`);
      if (!library)
        throw new LetheError(
          'image_broken',
          `No package of the image has the library ${name}. Renew the lock with: npm run image -- --update`,
        );
      found.set(path, library);
      queue.push(library);
    }
  }
  return found;
}
