/** Rules of the repository that a reader would otherwise have to trust: no machine paths, no download hosts, package docs, exact versions. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { missingOptional } from '../tools/complete-lock.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const manifests = globSync(['package.json', 'packages/*/package.json', 'web/*/package.json', 'bench/package.json'], {
  cwd: root,
});

test('every dependency is pinned to one version', () => {
  for (const file of manifests) {
    const {
      dependencies = {},
      devDependencies = {},
      optionalDependencies = {},
    } = JSON.parse(read(file)) as Record<string, Record<string, string>>;
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })) {
      assert.match(version, /^\d+\.\d+\.\d+(-[\w.]+)?$/, `${file}: ${name} is not pinned`);
    }
  }
});

test('the lock file names no download host', () => {
  assert.doesNotMatch(read('package-lock.json'), /"resolved": *"https?:/);
});

test('the lock file is complete, so that npm ci accepts it (tools/complete-lock.ts mends it)', () => {
  const { packages } = JSON.parse(read('package-lock.json')) as { packages: Parameters<typeof missingOptional>[0] };
  assert.deepEqual([...missingOptional(packages).keys()], []);
});

test('every package says what it is at the top of its index', () => {
  for (const file of globSync(['packages/*/src/index.ts'], { cwd: root }))
    assert.match(read(file), /^\/\*\*/, `${file} has no package doc`);
});

test('every shell script is executable and parses', () => {
  for (const file of ['lethe', 'tools/with-node', 'tools/bootstrap.sh', '.ci/run'])
    execFileSync('sh', ['-n', join(root, file)]);
  for (const file of ['lethe', 'tools/with-node', '.ci/run']) execFileSync('test', ['-x', join(root, file)]);
});

test('the documents the README links to exist', () => {
  for (const [, target] of read('README.md').matchAll(/\]\((?!https?:)([^)#]+)/g)) {
    assert.ok(existsSync(join(root, target!)), `README.md links to ${target}, which is not there`);
  }
});

test('what the test internet needs is brought before it is used', () => {
  const brought = new Set(
    [...read('tools/debian-packages.txt').matchAll(/^(?:base|up|lab|test)\s+(\S+)/gm)].map((match) => match[1]),
  );
  const needed = JSON.parse(read('packages/testkit/debian-packages.json')) as { package: string }[];
  assert.deepEqual(
    needed.map((entry) => entry.package).filter((name) => !brought.has(name)),
    [],
  );
});
