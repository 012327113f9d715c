/** Which npm packages are in a bundle, told from the paths of its modules. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LetheError } from '@lethe/core';
import type { NpmPackage } from './sbom.ts';

interface LockFile {
  packages: Record<string, { version?: string; integrity?: string }>;
}

/** Path of each package's directory below `root`, as the lock file names it. Modules of our own have none. */
export function packageDirectories(modules: readonly string[], root: string): string[] {
  const found = new Set<string>();
  for (const module of modules) {
    const path = module.startsWith(`${root}/`) ? module.slice(root.length + 1) : module;
    const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/@][^/]*)\//.exec(path);
    if (match) found.add(match[1]!);
  }
  return [...found].toSorted();
}

/** Name, version and hash of the packages that modules belong to. Throws `image_broken` for one that the lock file does not know. */
export async function bundledPackages(modules: readonly string[], root: string): Promise<NpmPackage[]> {
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as LockFile;
  return packageDirectories(modules, root).map((directory) => {
    const name = directory.slice(directory.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const entry = lock.packages[directory];
    if (entry?.version === undefined) {
      const text = `The package ${name} is in a program of ours, and package-lock.json does not know it. Run npm install.`;
      throw new LetheError('image_broken', text);
    }
    const hash = /^sha512-(.+)$/.exec(entry.integrity ?? '')?.[1];
    const sha512 = hash === undefined ? null : Buffer.from(hash, 'base64').toString('hex');
    return { name, version: entry.version, sha512 };
  });
}
