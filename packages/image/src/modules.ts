/** Kernel modules: which ones, in which order, unpacked. The order is written into the image, so that init only has to follow it. */

import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { LetheError } from '@lethe/core';
import { run } from './run.ts';
import type { Unpacked } from './unpacked.ts';

export interface KernelModule {
  /** File name in the image, for example `nf_tables.ko`. */
  file: string;
  content: Buffer;
}

const canonical = (name: string): string => name.replaceAll('-', '_');

/** The kernel's modules, and what depends on what. `work` is a directory for files being decompressed. */
export class KernelModules {
  readonly #paths = new Map<string, string>();
  readonly #builtin = new Set<string>();
  readonly #packages: Unpacked;
  readonly #work: string;

  private constructor(packages: Unpacked, work: string) {
    this.#packages = packages;
    this.#work = work;
  }

  static async read(packages: Unpacked, work: string): Promise<KernelModules> {
    const modules = new KernelModules(packages, work);
    for (const path of packages.matching(/^\/usr\/lib\/modules\/[^/]+\/kernel\/.*\.ko(\.xz|\.zst)?$/)) {
      modules.#paths.set(canonical(path.replace(/^.*\//, '').replace(/\.ko.*$/, '')), path);
    }
    for (const list of packages.matching(/^\/usr\/lib\/modules\/[^/]+\/modules\.builtin$/)) {
      for (const line of (await readFile(packages.get(list), 'utf8')).split('\n')) {
        modules.#builtin.add(canonical(line.replace(/^.*\//, '').replace(/\.ko$/, '')));
      }
    }
    return modules;
  }

  /**
   * The named modules and those they depend on, each after what it needs; without what is built in and without `loaded`.
   * Throws `image_broken` if the kernel has neither the module nor its code.
   */
  async closure(
    names: readonly string[],
    optional: readonly string[] = [],
    loaded: readonly KernelModule[] = [],
  ): Promise<KernelModule[]> {
    const done = new Map<string, KernelModule>();
    const before = new Set(loaded.map(({ file }) => canonical(file.replace(/\.ko$/, ''))));
    const visit = async (name: string): Promise<void> => {
      const key = canonical(name);
      if (done.has(key) || before.has(key) || this.#builtin.has(key)) return;
      const path = this.#paths.get(key);
      if (!path) throw new LetheError('image_broken', `The kernel of the image has no module ${name}.`);
      const content = await this.#content(path);
      for (const needed of dependencies(content)) await visit(needed);
      done.set(key, { file: `${key}.ko`, content });
    };
    for (const name of names) await visit(name);
    for (const name of optional) if (this.#paths.has(canonical(name))) await visit(name);
    return [...done.values()];
  }

  async #content(path: string): Promise<Buffer> {
    const file = this.#packages.get(path);
    if (path.endsWith('.ko')) return readFile(file);
    if (path.endsWith('.zst')) return zstdDecompressSync(await readFile(file));
    return this.#unxz(file);
  }

  /** With the image's own busybox, so that the machine needs no further tool. */
  async #unxz(file: string): Promise<Buffer> {
    await mkdir(this.#work, { recursive: true });
    const copy = join(this.#work, 'module.ko');
    await copyFile(file, `${copy}.xz`);
    await run(this.#packages.get('/usr/bin/busybox'), ['unxz', '-f', `${copy}.xz`]);
    const content = await readFile(copy);
    await rm(copy);
    return content;
  }
}

/** Names in a module's `depends=` field. */
export function dependencies(module: Buffer): string[] {
  const match = /\0depends=([\w,-]*)\0/.exec(module.toString('latin1'));
  return match?.[1] ? match[1].split(',') : [];
}

/** The list that init follows: one file name per line. */
export const moduleOrder = (modules: readonly KernelModule[]): string =>
  modules.map(({ file }) => `${file}\n`).join('');

/** Writes modules into a directory. */
export async function writeModules(modules: readonly KernelModule[], dir: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  for (const { file, content } of modules) await writeFile(join(dir, file), content);
}
