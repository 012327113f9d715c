/** Builds the server image, or finds it in the cache. */

import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ImageFiles, LetheError } from '@lethe/core';
import { resolvePackages } from './apt.ts';
import { assemble } from './assemble.ts';
import { makeDisk } from './disk.ts';
import { hashBytes, hashFile } from './hash.ts';
import { IMAGE_FILES, type ImageDescription, loadImage } from './load.ts';
import { chooseList, forgetList, type LockedPackage, releaseName, rememberList, writeLock } from './lock.ts';
import { type FetchOptions, fetchPackages, unpackPackages } from './packages.ts';
import { type Places, places } from './places.ts';
import { diskFull } from './run.ts';
import { billOfMaterials } from './sbom.ts';
import { readSources, type SourceOptions, type Sources } from './sources.ts';
import { manifestLines, writeTree } from './tree.ts';
import { Unpacked } from './unpacked.ts';

export interface BuildOptions extends SourceOptions {
  /** Called with one line of text for each longer step. */
  onProgress?: (text: string) => void;
  signal?: AbortSignal;
  /** Cache directory in place of `LETHE_CACHE` or /var/cache/lethe. */
  cache?: string;
  /** Lock file in place of the repository's. */
  lockFile?: string;
  /** Distribution release in place of this machine's. */
  release?: string;
}

interface Context extends FetchOptions {
  places: Places;
  lockFile: string;
  release: string;
  sources: Sources;
}

const LOCK_FILE = fileURLToPath(new URL('../image.lock.json', import.meta.url));

/**
 * The image for this machine: from the cache if everything it would be made from is unchanged, else built. Safe to call from several
 * processes at once. Throws `missing_tool`, `disk_full`, `image_broken`; an unfinished build leaves nothing in the cache's images.
 */
export async function buildImage(options: BuildOptions = {}): Promise<ImageFiles> {
  const context = await prepare(options);
  try {
    const list = await chooseList(context.lockFile, context.places.resolved, context.release);
    if (list.source === 'none') {
      context.onProgress(`no locked packages for ${context.release}: taking what this machine's package sources have`);
      return await buildNewest(context);
    }
    if (list.source === 'machine') context.onProgress("using this machine's own package list, not the lock file's");
    const key = imageKey(list.packages, context.sources);
    const cached = await loadImage(join(context.places.images, key));
    if (cached) return cached;
    if (await fetchPackages(list.packages, context.places.packages, context))
      return await buildFrom(list.packages, context);
    context.onProgress(
      'the mirror no longer has a locked package: taking the newest ones, so the image gets another digest',
    );
    return await buildNewest(context);
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ENOSPC' ? diskFull(error) : error;
  }
}

/** Renews the lock file's list for this machine's release with the newest packages, and builds the image from it. */
export async function updateLock(options: BuildOptions = {}): Promise<ImageFiles> {
  const context = await prepare(options);
  const packages = await newestPackages(context);
  await writeLock(context.lockFile, context.release, packages);
  await forgetList(context.lockFile, context.places.resolved, context.release);
  return buildImage(options);
}

async function prepare(options: BuildOptions): Promise<Context> {
  if (process.arch !== 'x64')
    throw new LetheError('image_broken', 'The server image can only be built on a 64-bit x86 machine.');
  return {
    places: places(options.cache),
    lockFile: options.lockFile ?? LOCK_FILE,
    release: options.release ?? (await releaseName()),
    sources: await readSources(options),
    onProgress: options.onProgress ?? (() => {}),
    signal: options.signal,
  };
}

/** Name of an image in the cache: the hash of all that goes into it. */
const imageKey = (packages: readonly LockedPackage[], sources: Sources): string =>
  hashBytes([sources.hash, ...packages.map(({ sha256 }) => sha256).toSorted()].join('\n'));

async function buildNewest(context: Context): Promise<ImageFiles> {
  const packages = await newestPackages(context);
  await rememberList(context.lockFile, context.places.resolved, context.release, packages);
  return (
    (await loadImage(join(context.places.images, imageKey(packages, context.sources)))) ??
    (await buildFrom(packages, context))
  );
}

/** The newest packages, reduced to those that a file of the image comes from. */
async function newestPackages(context: Context): Promise<LockedPackage[]> {
  const candidates = await resolvePackages(context);
  if (!(await fetchPackages(candidates, context.places.packages, context))) {
    throw new LetheError(
      'image_broken',
      'The packages for the image could not be fetched. Check the package sources: apt-get update',
    );
  }
  return withWorkDir(context, async (work) => {
    const packages = await unpack(candidates, work, context);
    await assemble(packages, context.sources, work);
    return candidates.filter(({ name }) => packages.used.has(name));
  });
}

/** Builds from packages that are in the cache. The finished directory appears under its name in one step. */
async function buildFrom(list: readonly LockedPackage[], context: Context): Promise<ImageFiles> {
  return withWorkDir(context, async (work) => {
    const { tree, kernel, initrd } = await assemble(await unpack(list, work, context), context.sources, work);
    const out = join(work, 'image');
    const at = (name: keyof typeof IMAGE_FILES): string => join(out, IMAGE_FILES[name]);
    context.onProgress('writing the root file system');
    await mkdir(out);
    await writeTree(tree, at('rootDir'));
    await writeFile(at('kernel'), kernel);
    await writeFile(at('initrd'), initrd);
    const manifest = `${[...manifestLines(tree), `kernel ${hashBytes(kernel)}`, `initrd ${hashBytes(initrd)}`].join('\n')}\n`;
    await writeFile(at('manifest'), manifest);
    const digest = hashBytes(manifest);
    const { ingredients } = context.sources;
    await writeFile(at('sbom'), billOfMaterials({ digest, release: context.release, debian: list, ...ingredients }));
    context.onProgress('sealing it with dm-verity');
    const disk = await makeDisk(at('rootDir'), at('rootImage'), at('verityImage'), digest, context);
    const files: ImageDescription['files'] = {};
    for (const name of ['rootImage', 'verityImage', 'kernel', 'initrd', 'sbom'] as const) {
      files[IMAGE_FILES[name]] = { size: (await stat(at(name))).size, sha256: await hashFile(at(name)) };
    }
    await writeFile(
      at('description'),
      `${JSON.stringify({ digest, ...disk, files } satisfies ImageDescription, null, 2)}\n`,
    );
    return publish(out, join(context.places.images, imageKey(list, context.sources)));
  });
}

async function unpack(list: readonly LockedPackage[], work: string, context: Context): Promise<Unpacked> {
  context.onProgress(`unpacking ${list.length} packages`);
  const dir = join(work, 'packages');
  await unpackPackages(list, context.places.packages, dir, context);
  return Unpacked.read(dir);
}

/** Gives a finished image its name. If another process was first, its image stays; a damaged one makes room. */
async function publish(built: string, name: string): Promise<ImageFiles> {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      await rename(built, name);
    } catch (error) {
      if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
      const theirs = await loadImage(name);
      if (theirs) return theirs;
      await rename(name, `${built}.damaged`);
      continue;
    }
    const image = await loadImage(name);
    if (image) return image;
  }
  throw new LetheError('image_broken', 'The finished image could not be read back. The disk may be failing.');
}

/** Runs with a private directory beside the images and removes it, and those of builders that were killed. */
async function withWorkDir<T>(context: Context, use: (dir: string) => Promise<T>): Promise<T> {
  const { images } = context.places;
  await mkdir(images, { recursive: true });
  for (const name of await readdir(images)) {
    const pid = /^\.build-(\d+)-/.exec(name)?.[1];
    if (pid && !(await readFile(`/proc/${pid}/stat`).catch(() => undefined)))
      await rm(join(images, name), { recursive: true, force: true });
  }
  const dir = await mkdtemp(join(images, `.build-${process.pid}-`));
  try {
    return await use(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
