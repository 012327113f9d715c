/** Builds the image twice from nothing and compares everything. */

import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ImageFiles } from '@lethe/core';
import { type BuildOptions, buildImage } from './build.ts';
import { IMAGE_FILES } from './load.ts';

export interface CheckOptions extends Omit<BuildOptions, 'cache'> {
  /** Directory of fetched packages to build from, in place of fetching them anew for each build. Each is checked against its hash. */
  packages?: string;
}

export interface CheckResult {
  digest: string;
  /** The first thing in which the builds differ, for people; null if there is none. */
  difference: string | null;
}

/** Order: what explains a difference comes before what only shows it. */
const COMPARED = ['manifest', 'sbom', 'kernel', 'initrd', 'rootImage', 'verityImage', 'description'] as const;

/** Throws what `buildImage` throws. Nothing of the builds is left. */
export async function checkImage({ packages, ...options }: CheckOptions = {}): Promise<CheckResult> {
  const base = await mkdtemp(join(tmpdir(), 'lethe-image-check-'));
  const say = options.onProgress ?? ((): void => {});
  const build = async (name: string): Promise<ImageFiles> => {
    const cache = join(base, name);
    await mkdir(cache);
    if (packages !== undefined) await symlink(packages, join(cache, 'packages'));
    return buildImage({ ...options, cache, onProgress: (text) => say(`${name} build: ${text}`) });
  };
  try {
    const first = await build('first');
    const second = await build('second');
    return { digest: first.digest, difference: await firstDifference(dirname(first.kernel), dirname(second.kernel)) };
  } finally {
    await rm(base, { recursive: true, force: true });
  }
}

/** Compares the directories of two images. Returns the first difference, or null. */
export async function firstDifference(one: string, other: string): Promise<string | null> {
  for (const part of COMPARED) {
    const name = IMAGE_FILES[part];
    const [a, b] = [await readFile(join(one, name)), await readFile(join(other, name))];
    if (a.equals(b)) continue;
    return part === 'manifest' || part === 'sbom' ? lineOf(name, a, b) : byteOf(name, a, b);
  }
  return null;
}

function lineOf(name: string, a: Buffer, b: Buffer): string {
  const [ours, theirs] = [a.toString().split('\n'), b.toString().split('\n')];
  const at = ours.findIndex((line, index) => line !== theirs[index]);
  const index = at === -1 ? ours.length : at;
  return `${name}, line ${index + 1}:\n  ${ours[index] ?? '(nothing)'}\n  ${theirs[index] ?? '(nothing)'}`;
}

function byteOf(name: string, a: Buffer, b: Buffer): string {
  const at = a.findIndex((byte, index) => byte !== b[index]);
  return `${name}, byte ${at === -1 ? a.length : at} (sizes ${a.length} and ${b.length})`;
}
