/** Packages by content: fetched once, checked against the lock's hash each time they are used, unpacked without running any of their scripts. */

import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LetheError } from '@lethe/core';
import { describe, download, updateLists } from './apt.ts';
import { hashFile } from './hash.ts';
import type { LockedPackage } from './lock.ts';
import { type RunOptions, run } from './run.ts';

export interface FetchOptions extends RunOptions {
  onProgress: (text: string) => void;
}

/** Path of a package in the cache. */
export const packagePath = (cache: string, sha256: string): string => join(cache, `${sha256}.deb`);

/**
 * Brings every package into the cache. Returns false if the mirror no longer has one of the versions; what was fetched stays cached.
 * Throws `image_broken` if a file does not have the hash it should have: it is not used.
 */
export async function fetchPackages(
  packages: readonly LockedPackage[],
  cache: string,
  options: FetchOptions,
): Promise<boolean> {
  await mkdir(cache, { recursive: true });
  const missing = await absent(packages, cache);
  if (missing.length === 0) return true;
  const megabytes = Math.ceil(missing.reduce((sum, { size }) => sum + size, 0) / 1e6);
  options.onProgress(`fetching ${missing.length} packages (${megabytes} MB)`);
  const dir = await mkdtemp(join(cache, '.fetch-'));
  try {
    if (!(await downloaded(missing, dir, options))) return false;
    await adopt(missing, dir, cache);
    return true;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Unpacks each package into a directory of its own, `DIR/NAME`. */
export async function unpackPackages(
  packages: readonly LockedPackage[],
  cache: string,
  dir: string,
  options: RunOptions,
): Promise<void> {
  await mkdir(dir, { recursive: true });
  const queue = [...packages];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      await run('dpkg-deb', ['-x', packagePath(cache, next.sha256), join(dir, next.name)], options);
    }
  };
  // Both have ended before a failure is passed on: the directory is removed then.
  const ends = await Promise.allSettled([worker(), worker()]);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

/** Packages that are not in the cache, or not with the right content; a damaged file is removed. */
async function absent(packages: readonly LockedPackage[], cache: string): Promise<LockedPackage[]> {
  const missing: LockedPackage[] = [];
  for (const wanted of packages) {
    const path = packagePath(cache, wanted.sha256);
    const size = await stat(path).then(
      (entry) => entry.size,
      () => -1,
    );
    if (size === wanted.size && (await hashFile(path)) === wanted.sha256) continue;
    await rm(path, { force: true });
    missing.push(wanted);
  }
  return missing;
}

/** Downloads, refreshing apt's lists once if that fails. False if the mirror lacks a version; throws if it has all but gives none. */
async function downloaded(missing: LockedPackage[], dir: string, options: FetchOptions): Promise<boolean> {
  if (await succeeds(download(missing, dir, options))) return true;
  options.onProgress('a package could not be fetched: asking the mirror for its current list');
  await succeeds(updateLists(options));
  if (await succeeds(download(missing, dir, options))) return true;
  if (!(await succeeds(describe(missing, options)))) return false;
  throw new LetheError(
    'image_broken',
    'The packages for the image could not be fetched from the package mirror. Check the network and start again.',
  );
}

/** False for a tool that refused; other errors go on. */
async function succeeds(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (error instanceof LetheError && error.code === 'image_broken') return false;
    throw error;
  }
}

async function adopt(missing: LockedPackage[], dir: string, cache: string): Promise<void> {
  const files = new Map<string, string>();
  for (const name of await readdir(dir)) {
    if (name.endsWith('.deb')) files.set(await hashFile(join(dir, name)), join(dir, name));
  }
  for (const wanted of missing) {
    const file = files.get(wanted.sha256);
    if (!file) {
      throw new LetheError(
        'image_broken',
        `The package ${wanted.name} ${wanted.version} does not have the content that the lock file names. It was not used.`,
      );
    }
    await rename(file, packagePath(cache, wanted.sha256));
  }
}
