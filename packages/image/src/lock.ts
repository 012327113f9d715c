/**
 * The lock file: for each release of a distribution the exact packages an image is made from. A release that is not in it, or whose
 * packages a mirror no longer has, gets a list of its own on this machine (`resolved`), so that the image stays the same until renewed.
 */

import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LetheError } from '@lethe/core';
import { hashBytes } from './hash.ts';

export interface LockedPackage {
  name: string;
  version: string;
  /** Of the .deb file, lower-case hexadecimal. */
  sha256: string;
  /** Bytes of the .deb file. */
  size: number;
}

/** Package lists by release, for example `debian-12`. */
export type Lock = Record<string, { packages: LockedPackage[] }>;

export interface PackageList {
  packages: LockedPackage[];
  /** 'lock' for the repository's list, 'machine' for one that this machine resolved earlier, 'none' if there is neither. */
  source: 'lock' | 'machine' | 'none';
}

/** Name of this machine's distribution release, for example `debian-12` or `ubuntu-24.04`. */
export async function releaseName(file = '/etc/os-release'): Promise<string> {
  const fields = new Map<string, string>();
  for (const line of (await readFile(file, 'utf8')).split('\n')) {
    const match = /^([A-Z_]+)="?([^"]*)"?$/.exec(line);
    if (match) fields.set(match[1]!, match[2]!);
  }
  return `${fields.get('ID') ?? 'linux'}-${fields.get('VERSION_ID') ?? fields.get('VERSION_CODENAME') ?? 'rolling'}`;
}

/** The lock file's content; empty if there is none. Throws `image_broken` if it cannot be read as one. */
export async function readLock(file: string): Promise<Lock> {
  const text = await readFile(file, 'utf8').catch(() => '{}');
  try {
    return JSON.parse(text) as Lock;
  } catch (cause) {
    throw new LetheError(
      'image_broken',
      'The image lock file is not JSON. Restore it, or renew it with: npm run image -- --update',
      { cause },
    );
  }
}

/** Puts a release's list into the lock file and leaves the other releases as they are. */
export async function writeLock(file: string, release: string, packages: LockedPackage[]): Promise<void> {
  const lock = { ...(await readLock(file)), [release]: { packages } };
  const sorted = Object.fromEntries(Object.entries(lock).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  await replaceFile(file, `${JSON.stringify(sorted, null, 2)}\n`);
}

/** The list to build from. A list of this machine takes precedence over the part of the lock file that it was made in place of. */
export async function chooseList(lockFile: string, resolvedDir: string, release: string): Promise<PackageList> {
  const locked = (await readLock(lockFile))[release]?.packages;
  const own = await readFile(ownList(resolvedDir, release, locked), 'utf8').catch(() => undefined);
  if (own) return { packages: JSON.parse(own) as LockedPackage[], source: 'machine' };
  return locked ? { packages: locked, source: 'lock' } : { packages: [], source: 'none' };
}

/** Remembers a list on this machine in place of what the lock file says now. */
export async function rememberList(
  lockFile: string,
  resolvedDir: string,
  release: string,
  packages: LockedPackage[],
): Promise<void> {
  await mkdir(resolvedDir, { recursive: true });
  await replaceFile(
    ownList(resolvedDir, release, (await readLock(lockFile))[release]?.packages),
    JSON.stringify(packages),
  );
}

/** Forgets the list of this machine, if there is one. */
export async function forgetList(lockFile: string, resolvedDir: string, release: string): Promise<void> {
  await rm(ownList(resolvedDir, release, (await readLock(lockFile))[release]?.packages), { force: true });
}

const ownList = (dir: string, release: string, locked: LockedPackage[] | undefined): string =>
  join(dir, `${release}-${locked ? hashBytes(JSON.stringify(locked)).slice(0, 16) : 'unlocked'}.json`);

async function replaceFile(file: string, text: string): Promise<void> {
  const temporary = `${file}.${process.pid}.new`;
  await writeFile(temporary, text);
  await rename(temporary, file);
}
