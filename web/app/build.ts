/**
 * Builds the page when its sources changed since the last build. Each build has a folder of its own, named by a hash of everything
 * it is made of: it appears complete or not at all, two builders at once come to the same result, and a service that runs keeps the
 * page it started with. The build runs in a process of its own, so that the bundler's memory and environment stay out of the
 * long-running caller.
 */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { LetheError } from '@lethe/core/errors';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const ROOT = join(HERE, '../..');
const DIST = join(HERE, 'dist');

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

/** Builds kept beside the current one: other services on this machine may still serve them. */
const KEPT = 3;
/** Milliseconds after which an unfinished build was left by a crash. */
const ABANDONED_MS = 3_600_000;

/**
 * Makes sure that the built page is there and current, in a folder below `dist`. Returns the absolute path of the folder to serve. Throws `internal` if the
 * build fails; pages built before are then left as they were.
 */
export async function buildApp(dist = DIST): Promise<string> {
  const target = join(dist, await hashSources());
  if (existsSync(target)) return target;
  await mkdir(dist, { recursive: true });
  const fresh = await mkdtemp(join(dist, 'new-'));
  try {
    await runBuild(fresh);
    await chmod(fresh, 0o755);
    await rename(fresh, target).catch((error: NodeJS.ErrnoException) => {
      // Another builder was faster; what it built is the same.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  await removeOld(dist, target);
  return target;
}

/** The first 32 digits of a SHA-256 over names and contents. */
async function hashSources(): Promise<string> {
  const hash = createHash('sha256');
  for (const source of SOURCES) {
    for (const path of await filesUnder(join(ROOT, source))) {
      if (path.includes('.test.')) continue;
      const content = await readFile(path);
      hash.update(`${relative(ROOT, path)}\0${content.length}\0`).update(content);
    }
  }
  return hash.digest('hex').slice(0, 32);
}

async function filesUnder(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const entries = await readdir(path, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

async function runBuild(outDir: string): Promise<void> {
  try {
    await promisify(execFile)(process.execPath, [fileURLToPath(import.meta.url), outDir], { cwd: HERE });
  } catch (cause) {
    throw new LetheError(
      'internal',
      'The page could not be built. Run `sh tools/with-node web/app/build.ts` to see why.',
      {
        cause,
      },
    );
  }
}

async function removeOld(dist: string, current: string): Promise<void> {
  const folders = await Promise.all(
    (await readdir(dist)).map(async (name) => {
      const path = join(dist, name);
      const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: 0 }));
      return { path, mtimeMs, finished: !name.startsWith('new-') };
    }),
  );
  const others = folders.filter(({ path }) => path !== current).toSorted((a, b) => b.mtimeMs - a.mtimeMs);
  const old = others.filter(({ finished }) => finished).slice(KEPT);
  const abandoned = others.filter(({ finished, mtimeMs }) => !finished && mtimeMs < Date.now() - ABANDONED_MS);
  await Promise.all([...old, ...abandoned].map(({ path }) => rm(path, { recursive: true, force: true })));
}

if (import.meta.main) {
  const outDir = process.argv[2];
  if (outDir === undefined) {
    process.stdout.write(`${await buildApp()}\n`);
  } else {
    const { build } = await import('vite');
    await build({ configFile: join(HERE, 'vite.config.ts'), build: { outDir, emptyOutDir: true } });
  }
}
