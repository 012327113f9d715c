/**
 * The import rules of the repository, read from the source text: who may import whom, and what `core` (later `tlog`, `verify`) must
 * never import. A rule broken here means that a plane or a layer leaks.
 */

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What each package's sources may import of the others. Tests may import anything. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  core: [],
  tlog: ['core'],
  verify: ['core', 'tlog'],
  witness: ['core', 'tlog'],
  image: ['core'],
  engines: ['core'],
  audit: ['core'],
  // What it judges itself by is part of it, and so of its image.
  node: ['core', 'spec'],
  host: ['core', 'tlog', 'verify', 'engines', 'image'],
  control: ['core', 'tlog', 'verify', 'witness'],
  api: ['core'],
  cli: [
    'core',
    'tlog',
    'verify',
    'witness',
    'api',
    'control',
    'host',
    'image',
    'node',
    'testkit',
    'app',
    'audit',
    'engines',
  ],
  testkit: ['core'],
  app: ['core', 'api'],
  bench: [
    'core',
    'tlog',
    'verify',
    'witness',
    'api',
    'engines',
    'image',
    'host',
    'testkit',
    'cli',
    'node',
    'control',
    'audit',
  ],
};

/** Packages without I/O: they import no Node module (types excepted) and run in a browser. */
const PURE = ['core', 'tlog', 'verify', 'api'];

interface Import {
  file: string;
  package: string;
  target: string;
  typeOnly: boolean;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8').replace(/^\s*(\/\/|\*).*$/gm, '');
  const found: Import[] = [];
  const pattern =
    /(?:^|\n)\s*(?:import|export)\s+(type\s)?(?:[^'"`;]*?\sfrom\s)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;
  for (const match of text.matchAll(pattern)) {
    found.push({ file, package: packageOf(file), target: (match[2] ?? match[3])!, typeOnly: match[1] !== undefined });
  }
  return found;
}

const packageOf = (file: string): string => /^(bench|spec)\//.exec(file)?.[1] ?? file.split('/')[1]!;

/** The package an import leads to, or undefined for what is not ours. A relative path that leaves its package counts as well. */
function targetPackage({ file, target }: Import): string | undefined {
  if (target.startsWith('@lethe/')) return target.split('/')[1];
  if (target.startsWith('.')) return packageOf(normalize(join(dirname(file), target)));
  return undefined;
}

const sources = globSync(['packages/*/src/**/*.{ts,tsx}', 'web/*/src/**/*.{ts,tsx}', 'bench/src/**/*.ts'], {
  cwd: root,
}).filter((file) => !/\.test\.tsx?$/.test(file));
const imports = sources.flatMap(importsOf);

test('the rules see the sources', () => {
  assert.ok(sources.length > 20, 'too few source files were found');
  assert.ok(
    imports.some((entry) => entry.target === '@lethe/core'),
    'no import of core was found',
  );
});

test('imports between packages run one way', () => {
  const broken = imports.filter((entry) => {
    const target = targetPackage(entry);
    return target !== undefined && target !== entry.package && !(MAY_IMPORT[entry.package] ?? []).includes(target);
  });
  assert.deepEqual(
    broken.map(({ file, target }) => `${file} imports ${target}`),
    [],
  );
});

test('pure packages do no I/O', () => {
  const broken = imports.filter(
    (entry) => PURE.includes(entry.package) && entry.target.startsWith('node:') && !entry.typeOnly,
  );
  assert.deepEqual(
    broken.map(({ file, target }) => `${file} imports ${target}`),
    [],
  );
  const globals = sources
    .filter((file) => packageOf(file) === 'core')
    .filter((file) =>
      /\b(process\.|fetch\(|Date\.now\(|new Date\(\)|console\.|localStorage)/.test(
        readFileSync(join(root, file), 'utf8').replace(/^\s*(\/\/|\*).*$/gm, ''),
      ),
    );
  assert.deepEqual(globals, [], 'core reads the clock, the network, the environment or a console');
});

const planeOf = (path: string): string | undefined =>
  /packages\/control\/src\/(accounts|fleet|proof)\//.exec(path)?.[1];

test('the planes for accounts, fleet and proof never import each other', () => {
  const broken = imports.filter((entry) => {
    if (!entry.target.startsWith('.')) return false;
    const from = planeOf(entry.file);
    const to = planeOf(`${normalize(join(dirname(entry.file), entry.target))}`);
    return from !== undefined && to !== undefined && from !== to;
  });
  assert.deepEqual(
    broken.map(({ file, target }) => `${file} imports ${target}`),
    [],
  );
});
