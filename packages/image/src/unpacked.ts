/**
 * A view of unpacked packages as one file system in the merged-/usr layout, without installing anything: which file a path names,
 * and which package it came from.
 */

import { lstat, readdir, readlink } from 'node:fs/promises';
import { join, posix, relative } from 'node:path';
import { LetheError } from '@lethe/core';

const MERGED = /^\/(bin|sbin|lib|lib64)(?=\/|$)/;

/** Path with /bin, /sbin, /lib and /lib64 under /usr. */
export const merged = (path: string): string => path.replace(MERGED, '/usr/$1');

interface Entry {
  package: string;
  file: string;
  /** Target of a symbolic link, as an absolute merged path. */
  target?: string;
}

export class Unpacked {
  readonly #entries = new Map<string, Entry>();
  readonly #used = new Set<string>();

  /** Reads what `unpackPackages` made. Where two packages hold a path, the first by name counts. */
  static async read(dir: string): Promise<Unpacked> {
    const view = new Unpacked();
    for (const name of (await readdir(dir)).toSorted()) await view.#scan(name, join(dir, name), join(dir, name));
    return view;
  }

  /** The regular file behind a path, links followed; undefined if there is none. Marks its package as used. */
  find(path: string): string | undefined {
    let entry = this.#entries.get(merged(path));
    for (let hops = 0; entry?.target && hops < 8; hops += 1) entry = this.#entries.get(entry.target);
    if (!entry || entry.target) return undefined;
    this.#used.add(entry.package);
    return entry.file;
  }

  /** As `find`; throws `image_broken` if the packages do not have the file. */
  get(path: string): string {
    const file = this.find(path);
    if (!file)
      throw new LetheError(
        'image_broken',
        `No package of the image has ${path}. Renew the lock with: npm run image -- --update`,
      );
    return file;
  }

  /** Merged paths that match, sorted. */
  matching(pattern: RegExp): string[] {
    return [...this.#entries.keys()].filter((path) => pattern.test(path)).toSorted();
  }

  /** Names of the packages that a file was taken from. */
  get used(): ReadonlySet<string> {
    return this.#used;
  }

  async #scan(name: string, root: string, dir: string): Promise<void> {
    for (const child of await readdir(dir, { withFileTypes: true })) {
      const file = join(dir, child.name);
      if (child.isDirectory()) {
        await this.#scan(name, root, file);
        continue;
      }
      const path = merged(`/${relative(root, file)}`);
      if (this.#entries.has(path)) continue;
      const link = (await lstat(file)).isSymbolicLink() ? await readlink(file) : undefined;
      const target = link === undefined ? {} : { target: merged(posix.resolve(posix.dirname(path), link)) };
      this.#entries.set(path, { package: name, file, ...target });
    }
  }
}
