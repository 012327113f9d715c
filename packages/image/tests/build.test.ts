/** The image as a whole: built twice alike, holding what it should and nothing else, and mended when its cache is damaged. */

import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { ImageFiles } from '@lethe/core';
import { isElf, neededLibraries } from '../src/elf.ts';
import { hashFile } from '../src/hash.ts';
import { type BuildOptions, buildImage, loadImage } from '../src/index.ts';
import { places } from '../src/places.ts';

const base = mkdtempSync(join(tmpdir(), 'lethe-image-'));
const agent = join(base, 'agent.ts');
const options = { timeout: 300_000 };
let image: ImageFiles;

/** Options of a build with a cache of its own that shares the machine's fetched packages. */
function ownCache(name: string, more: Partial<BuildOptions> = {}): BuildOptions & { cache: string } {
  const cache = join(base, name);
  mkdirSync(places().packages, { recursive: true });
  mkdirSync(cache, { recursive: true });
  if (!existsSync(join(cache, 'packages'))) symlinkSync(places().packages, join(cache, 'packages'));
  return { cache, agent, ...more };
}

before(async () => {
  writeFileSync(
    agent,
    `import { createHash } from 'node:crypto';\nconst word: string = 'stand-in';\nconsole.log(createHash('sha256').update(word).digest('hex'));\n`,
  );
  image = await buildImage(ownCache('first'));
}, options);
after(() => rmSync(base, { recursive: true, force: true }));

test('two builds from scratch are the same in every byte', options, async () => {
  const again = await buildImage(ownCache('second'));
  assert.notEqual(again.rootImage, image.rootImage);
  assert.equal(again.digest, image.digest);
  assert.equal(again.verityRoot, image.verityRoot);
  for (const file of ['rootImage', 'verityImage', 'kernel', 'initrd'] as const) {
    assert.equal(await hashFile(again[file]), await hashFile(image[file]), file);
  }
  rmSync(join(base, 'second'), { recursive: true });
});

test('another agent, another configuration: another image', options, async () => {
  const overlay = join(base, 'overlay');
  mkdirSync(join(overlay, 'etc/lethe'), { recursive: true });
  writeFileSync(join(overlay, 'etc/lethe/base.nft'), 'table inet other {\n}\n');
  const other = await buildImage(ownCache('first', { overlays: [overlay] }));
  assert.notEqual(other.digest, image.digest);
  assert.notEqual(other.verityRoot, image.verityRoot);
  rmSync(join(other.rootDir, '..'), { recursive: true });
});

test('every program finds its libraries inside the image', () => {
  const programs = files(image.rootDir).filter((file) => !file.endsWith('.ko') && isElf(readFileSync(file)));
  assert.ok(programs.length > 20);
  for (const program of programs) {
    for (const name of neededLibraries(readFileSync(program))) {
      const there = ['usr/lib/x86_64-linux-gnu', 'usr/lib64'].some((dir) => existsSync(join(image.rootDir, dir, name)));
      assert.ok(there, `${program} needs ${name}`);
    }
  }
});

test('no account has a shell, no file special rights, no link leads outside', () => {
  for (const line of readFileSync(join(image.rootDir, 'etc/passwd'), 'utf8').trim().split('\n')) {
    assert.equal(existsSync(join(image.rootDir, line.split(':')[6]!)), false, line);
  }
  const names = readFileSync(join(image.rootDir, 'etc/passwd'), 'utf8')
    .split('\n')
    .map((line) => line.split(':')[0]);
  assert.deepEqual(names, ['root', 'unbound', 'filter', 'nobody', '']);
  for (const file of files(image.rootDir)) {
    assert.equal(statSync(file).mode & 0o7022, 0, file);
  }
  for (const link of links(image.rootDir)) assert.ok(realpathSync(link).startsWith(image.rootDir), link);
});

test('what init must find is listed, and is there', () => {
  const listed = readFileSync(join(image.rootDir, 'etc/lethe/required'), 'utf8').trim().split('\n');
  for (const path of [
    '/usr/sbin/nft',
    '/usr/bin/node',
    '/usr/bin/wg',
    '/etc/lethe/base.nft',
    '/opt/lethe/agent.js',
    '/opt/lethe/filter.js',
    '/usr/sbin/unbound',
  ]) {
    assert.ok(listed.includes(path), path);
  }
  for (const path of listed) assert.ok(statSync(join(image.rootDir, path)).size > 0, path);
});

test('a second build finds the first one', options, async () => {
  const steps: string[] = [];
  assert.deepEqual(await buildImage(ownCache('first', { onProgress: (text) => steps.push(text) })), image);
  assert.deepEqual(steps, []);
});

const DAMAGES: [string, (image: ImageFiles) => string, (content: Buffer) => Buffer | null][] = [
  ['a program that is gone', ({ rootDir }) => join(rootDir, 'usr/sbin/nft'), () => null],
  ['a changed configuration', ({ rootDir }) => join(rootDir, 'etc/hosts'), (content) => content.fill(0x20, 3, 4)],
  ['a root image cut short', ({ rootImage }) => rootImage, (content) => content.subarray(0, 40_960)],
  ['a changed initramfs', ({ initrd }) => initrd, (content) => content.fill(1, 5000, 5001)],
  ['another manifest', ({ kernel }) => join(kernel, '../manifest'), (content) => content.fill(0x20, 0, 1)],
  ['a description that is not JSON', ({ kernel }) => join(kernel, '../image.json'), (content) => content.subarray(1)],
];

for (const [damage, place, change] of DAMAGES) {
  test(`${damage} is noticed when the image is loaded`, async () => {
    const file = place(image);
    const { mode } = statSync(file);
    const content = readFileSync(file);
    const changed = change(Buffer.from(content));
    if (changed) writeFileSync(file, changed);
    else rmSync(file);
    assert.equal(await loadImage(join(image.kernel, '..')), undefined);
    writeFileSync(file, content);
    chmodSync(file, mode);
    assert.deepEqual(await loadImage(join(image.kernel, '..')), image);
  });
}

test('a damaged image is built again in its place, and what a killed build left is cleared away', options, async () => {
  const images = join(base, 'first/images');
  const dead = join(images, '.build-4194305-abcdef');
  const live = join(images, `.build-${process.ppid}-abcdef`);
  mkdirSync(dead);
  mkdirSync(live);
  rmSync(join(image.rootDir, 'usr/sbin/nft'));
  assert.deepEqual(await buildImage(ownCache('first')), image);
  assert.ok(existsSync(join(image.rootDir, 'usr/sbin/nft')));
  assert.equal(existsSync(dead), false);
  assert.equal(existsSync(live), true);
  rmSync(live, { recursive: true });
  assert.deepEqual(readdirSync(images).length, 1);
});

test('a called-off build leaves nothing', options, async () => {
  const abort = new AbortController();
  const build = buildImage(
    ownCache('third', { signal: abort.signal, onProgress: (text) => text.startsWith('unpacking') && abort.abort() }),
  );
  await assert.rejects(build, { name: 'AbortError' });
  assert.deepEqual(readdirSync(join(base, 'third/images')), []);
});

test('the repository has a lock for this release, or none at all', () => {
  const lock = JSON.parse(readFileSync(fileURLToPath(new URL('../image.lock.json', import.meta.url)), 'utf8'));
  for (const { packages } of Object.values(lock) as { packages: { sha256: string; name: string }[] }[]) {
    assert.ok(packages.length > 20);
    for (const { sha256, name } of packages) assert.match(sha256, /^[0-9a-f]{64}$/, name);
  }
});

/** Regular files below a directory; links are not followed. */
function files(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return files(join(dir, entry.name));
    return entry.isFile() ? [join(dir, entry.name)] : [];
  });
}

function links(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return links(join(dir, entry.name));
    return entry.isSymbolicLink() ? [join(dir, entry.name)] : [];
  });
}
