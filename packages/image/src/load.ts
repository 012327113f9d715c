/** Reads a finished image from the cache and checks that all of it is there. */

import { lstat, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageFiles } from '@lethe/core';
import { hashBytes, hashFile } from './hash.ts';

/** Files in an image's directory. */
export const IMAGE_FILES = {
  manifest: 'manifest',
  description: 'image.json',
  rootDir: 'root',
  rootImage: 'root.erofs',
  verityImage: 'root.verity',
  kernel: 'vmlinuz',
  initrd: 'initrd',
  sbom: 'sbom.cdx.json',
} as const;

/** Content of image.json: what ImageFiles says, without paths, and what loading checks. */
export interface ImageDescription {
  digest: string;
  verityRoot: string;
  veritySalt: string;
  verityBlocks: number;
  /** Size and sha256 of the files beside the tree. */
  files: Record<string, { size: number; sha256: string }>;
}

/** Content larger than this is compared by size only: dm-verity, where it is used, checks each block again. */
const HASH_UP_TO = 16 * 1024 * 1024;

/** The image in a directory, or undefined if it is not there, not complete or damaged. */
export async function loadImage(dir: string): Promise<ImageFiles | undefined> {
  try {
    const description = JSON.parse(await readFile(join(dir, IMAGE_FILES.description), 'utf8')) as ImageDescription;
    const manifest = await readFile(join(dir, IMAGE_FILES.manifest), 'utf8');
    if (hashBytes(manifest) !== description.digest) return undefined;
    if (!(await sidesIntact(dir, description)) || !(await treeIntact(join(dir, IMAGE_FILES.rootDir), manifest)))
      return undefined;
    return imageFiles(dir, description);
  } catch {
    return undefined;
  }
}

function imageFiles(dir: string, { digest, verityRoot, veritySalt, verityBlocks }: ImageDescription): ImageFiles {
  const at = (name: keyof typeof IMAGE_FILES): string => join(dir, IMAGE_FILES[name]);
  return {
    digest,
    rootDir: at('rootDir'),
    rootImage: at('rootImage'),
    verityImage: at('verityImage'),
    verityRoot,
    veritySalt,
    verityBlocks,
    kernel: at('kernel'),
    initrd: at('initrd'),
  };
}

async function sidesIntact(dir: string, description: ImageDescription): Promise<boolean> {
  for (const [name, { size, sha256 }] of Object.entries(description.files)) {
    if (!(await fileIntact(join(dir, name), size, sha256))) return false;
  }
  return true;
}

async function treeIntact(root: string, manifest: string): Promise<boolean> {
  for (const line of manifest.split('\n')) {
    const [type, mode, size, content, path] = line.split(' ');
    if (type === 'file' && !(await fileIntact(join(root, path!), Number(size), content!))) return false;
    if (type === 'file' || type === 'dir' || type === 'link') {
      const entry = await lstat(join(root, path!));
      if (type !== 'link' && (entry.mode & 0o7777).toString(8) !== mode) return false;
    }
  }
  return true;
}

async function fileIntact(file: string, size: number, sha256: string): Promise<boolean> {
  if ((await stat(file)).size !== size) return false;
  return size > HASH_UP_TO || (await hashFile(file)) === sha256;
}
