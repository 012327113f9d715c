/**
 * Builds the page when its sources changed since the last build. The build runs in a process of its own, so that the bundler's
 * memory and environment stay out of the long-running caller, and into a new folder that then takes the place of the old one: a
 * reader never sees half a build, and a crash leaves the old one or none.
 */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { LetheError } from '@lethe/core/errors';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const ROOT = join(HERE, '../..');
const DIST = join(HERE, 'dist');
const STAMP = 'build.sha256';

/** Everything that the built page is made of. */
const SOURCES = [
  'web/app/index.html',
  'web/app/package.json',
  'web/app/vite.config.ts',
  'web/app/build.ts',
  'web/app/src',
  'web/app/public',
  'packages/core/src',
  'packages/api/src',
  'package-lock.json',
  'tsconfig.json',
];

/**
 * Makes sure that the built page is there and current. Returns the absolute path of the folder to serve. Throws `internal` if the
 * build fails; the page built before, if any, is then left as it was.
 */
export async function buildApp(): Promise<string> {
  const stamp = await hashSources();
  if ((await readStamp()) === stamp) return DIST;
  const fresh = await mkdtemp(join(HERE, 'dist.new-'));
  try {
    await runBuild(fresh);
    await writeFile(join(fresh, STAMP), `${stamp}\n`);
    await chmod(fresh, 0o755);
    await replaceDist(fresh);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  return DIST;
}

async function hashSources(): Promise<string> {
  const hash = createHash('sha256');
  for (const source of SOURCES) {
    for (const path of await filesUnder(join(ROOT, source))) {
      if (path.includes('.test.')) continue;
      const content = await readFile(path);
      hash.update(`${relative(ROOT, path)}\0${content.length}\0`).update(content);
    }
  }
  return hash.digest('hex');
}

async function filesUnder(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true, recursive: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOTDIR') return null;
      throw error;
    },
  );
  if (!entries) return [path];
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

const readStamp = (): Promise<string> =>
  readFile(join(DIST, STAMP), 'utf8').then(
    (text) => text.trim(),
    () => '',
  );

async function runBuild(outDir: string): Promise<void> {
  try {
    await promisify(execFile)(process.execPath, [fileURLToPath(import.meta.url), outDir], { cwd: HERE });
  } catch (cause) {
    throw new LetheError(
      'internal',
      'The page could not be built. Run `npm run build --workspace web/app` to see why.',
      { cause },
    );
  }
}

/** Two renames: between them there is no page for a moment, which the next start would simply build again. */
async function replaceDist(fresh: string): Promise<void> {
  const old = `${fresh}.old`;
  await rename(DIST, old).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await rename(fresh, DIST);
  await rm(old, { recursive: true, force: true });
}

if (import.meta.main) {
  const { build } = await import('vite');
  const outDir = process.argv[2] ?? (await buildApp());
  if (process.argv[2]) await build({ configFile: join(HERE, 'vite.config.ts'), build: { outDir, emptyOutDir: true } });
  else process.stdout.write(`${outDir}\n`);
}
