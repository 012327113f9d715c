/**
 * The root file system as a plan: path → what is there. Everything belongs to root, nothing is setuid, times are fixed. The plan is
 * written out once and described by a manifest, whose hash is the image's name.
 */

import { chmod, mkdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LetheError } from '@lethe/core';
import { hashBytes } from './hash.ts';

export type TreeEntry =
  | { type: 'dir' }
  | { type: 'link'; target: string }
  | { type: 'file'; executable: boolean; content: Buffer };

export class Tree {
  readonly #entries = new Map<string, TreeEntry>();

  /** A file, in place of any file there. Its directories come with it. */
  file(path: string, content: Buffer | string, executable = false): void {
    this.#put(path, { type: 'file', executable, content: Buffer.from(content) });
  }

  async copy(path: string, from: string, executable = false): Promise<void> {
    this.file(path, await readFile(from), executable);
  }

  dir(path: string): void {
    this.#put(path, { type: 'dir' });
  }

  link(path: string, target: string): void {
    this.#put(path, { type: 'link', target });
  }

  /** Paths and entries, sorted: every directory before what is in it. */
  get entries(): [string, TreeEntry][] {
    return [...this.#entries].toSorted(([a], [b]) => (a < b ? -1 : 1));
  }

  #put(path: string, entry: TreeEntry): void {
    const parent = dirname(path);
    if (parent !== '/') {
      const above = this.#entries.get(parent);
      if (above && above.type !== 'dir')
        throw new LetheError('image_broken', `${path} lies below something that is not a directory.`);
      if (!above) this.#put(parent, { type: 'dir' });
    }
    const there = this.#entries.get(path);
    if (there?.type === 'dir' && entry.type !== 'dir')
      throw new LetheError('image_broken', `${path} is a directory of the image.`);
    this.#entries.set(path, entry);
  }
}

/** Permission bits of an entry, in octal digits. */
export const modeOf = (entry: TreeEntry): string =>
  entry.type === 'link' ? '777' : entry.type === 'dir' || entry.executable ? '755' : '644';

/** One line per entry: type, mode, size, sha256 or link target, path. */
export function manifestLines(tree: Tree): string[] {
  return tree.entries.map(([path, entry]) => {
    if (entry.type === 'dir') return `dir ${modeOf(entry)} 0 - ${path}`;
    if (entry.type === 'link') return `link ${modeOf(entry)} 0 ${entry.target} ${path}`;
    return `file ${modeOf(entry)} ${entry.content.length} ${hashBytes(entry.content)} ${path}`;
  });
}

/** Writes a tree below a new directory. */
export async function writeTree(tree: Tree, root: string): Promise<void> {
  await mkdir(root, { recursive: true });
  await chmod(root, 0o755);
  const epoch = new Date(0);
  const entries = tree.entries;
  for (const [path, entry] of entries) {
    const at = join(root, path);
    if (entry.type === 'dir') await mkdir(at);
    else if (entry.type === 'link') await symlink(entry.target, at);
    else await writeFile(at, entry.content);
    if (entry.type !== 'link') await chmod(at, Number.parseInt(modeOf(entry), 8));
    if (entry.type === 'file') await utimes(at, epoch, epoch);
  }
  for (const [path, entry] of entries.toReversed())
    if (entry.type === 'dir') await utimes(join(root, path), epoch, epoch);
}
