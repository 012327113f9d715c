/**
 * Asks the machine's own apt which packages an image needs, and has it fetch them. What is installed on the machine plays no part:
 * apt resolves against an empty system. No address of a mirror is known here.
 */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LetheError } from '@lethe/core';
import { KERNEL_PACKAGES, LIBRARY_PACKAGE, PACKAGES } from './contents.ts';
import type { LockedPackage } from './lock.ts';
import { type RunOptions, run } from './run.ts';

const ARCHITECTURE = 'amd64';

/** Refreshes apt's lists of packages. */
export async function updateLists(options: RunOptions): Promise<void> {
  await run('apt-get', ['-q', 'update'], options);
}

/** The newest version, with hash and size, of each package an image may need. Throws `image_broken` if apt does not know one. */
export async function resolvePackages(options: RunOptions): Promise<LockedPackage[]> {
  const wanted = [...PACKAGES, await kernelPackage(options)];
  const dir = await mkdtemp(join(tmpdir(), 'lethe-apt-'));
  try {
    const status = join(dir, 'status');
    await writeFile(status, '');
    const plan = await run(
      'apt-get',
      [
        '-s',
        '-o',
        `Dir::State::status=${status}`,
        '-o',
        'APT::Install-Recommends=false',
        '-o',
        'Debug::NoLocking=1',
        'install',
        ...wanted,
      ],
      options,
    );
    return await describe(chosen(plan, wanted), options);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Fetches packages into a directory under the names that apt gives them. Throws if apt no longer has one of the versions. */
export async function download(packages: readonly LockedPackage[], dir: string, options: RunOptions): Promise<void> {
  const names = packages.map(({ name, version }) => `${name}=${version}`);
  await run('apt-get', ['-q', '-o', 'APT::Sandbox::User=root', 'download', ...names], { ...options, cwd: dir });
}

async function kernelPackage(options: RunOptions): Promise<string> {
  for (const name of KERNEL_PACKAGES) {
    const policy = await run('apt-cache', ['policy', name], options);
    if (/^ {2}Candidate: (?!\(none\))/m.test(policy)) return name;
  }
  throw new LetheError(
    'image_broken',
    `The package sources of this machine have no kernel for the image (${KERNEL_PACKAGES.join(' or ')}). Run: apt-get update`,
  );
}

/** Reads apt's plan and keeps what was asked for, libraries and the kernel: the rest only serves package scripts. */
function chosen(plan: string, wanted: string[]): { name: string; version: string }[] {
  return [...plan.matchAll(/^Inst (\S+?)(?::\w+)? \((\S+) /gm)].flatMap(([, name, version]) =>
    wanted.includes(name!) || LIBRARY_PACKAGE.test(name!) ? { name: name!, version: version! } : [],
  );
}

/** What apt's lists say of these versions. Throws `image_broken` if one of them is not there. */
export async function describe(
  wanted: readonly { name: string; version: string }[],
  options: RunOptions,
): Promise<LockedPackage[]> {
  const versions = new Map(wanted.map(({ name, version }) => [name, version]));
  const records = await run(
    'apt-cache',
    ['show', ...[...versions].map(([name, version]) => `${name}=${version}`)],
    options,
  );
  const found = new Map<string, LockedPackage>();
  for (const record of records.split(/\n\n+/)) {
    const field = (key: string): string => new RegExp(`^${key}: (.*)$`, 'm').exec(record)?.[1] ?? '';
    const name = field('Package');
    const usable = [ARCHITECTURE, 'all'].includes(field('Architecture')) && field('Version') === versions.get(name);
    if (usable && field('SHA256'))
      found.set(name, { name, version: field('Version'), sha256: field('SHA256'), size: Number(field('Size')) });
  }
  const missing = [...versions.keys()].filter((name) => !found.has(name));
  if (missing.length > 0)
    throw new LetheError('image_broken', `apt has no hash for: ${missing.join(', ')}. Run: apt-get update`);
  return [...found.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
