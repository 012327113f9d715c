/** What `buildApp` leaves in its folder is fit to be served: hashed names, own origin only, no traces of the machine. */

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, extname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildApp } from '../build.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

async function files(): Promise<{ name: string; text: string }[]> {
  const dist = await buildApp();
  const entries = (await readdir(dist, { withFileTypes: true, recursive: true })).filter((entry) => entry.isFile());
  const names = entries.map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    names.map(async (path) => ({ name: path.slice(dist.length + 1), text: await readFile(path, 'utf8') })),
  );
}

test('names under assets carry a hash of the content, and there are no source maps', async () => {
  const names = (await files()).map(({ name }) => name);
  assert.deepEqual(
    names.filter((name) => name.endsWith('.map')),
    [],
  );
  const assets = names.filter((name) => name.startsWith('assets/'));
  assert.ok(assets.length >= 2);
  assert.deepEqual(
    assets.filter((name) => !/-[\w-]{8}\.(js|css)$/.test(name)),
    [],
  );
});

test('nothing points to another origin or to this machine', async () => {
  for (const { name, text } of await files()) {
    assert.ok(!text.includes(ROOT.replace(/\/$/, '')), `${name} holds a path of this machine`);
    assert.ok(!text.includes('sourceMappingURL'), `${name} points to a source map`);
    if (!['.html', '.css', '.svg'].includes(extname(name))) continue;
    const loaded = [...text.matchAll(/(?:src|href|url)\s*[=(]\s*["']?([^"')\s>]+)/g)].map(([, url]) => url!);
    assert.deepEqual(
      loaded.filter((url) => /^(?:[a-z]+:)?\/\/|^data:/.test(url)),
      [],
      name,
    );
  }
});

test('the start page has no inline script and no inline style', async () => {
  const html = (await files()).find(({ name }) => name === 'index.html')!.text;
  assert.doesNotMatch(html, /<script(?![^>]*\ssrc=)/);
  assert.doesNotMatch(html, /<style|\sstyle=|\son\w+=/);
});

test('everything that is bundled has a licence that allows it', async () => {
  const text = (await files()).find(({ name }) => name === 'licenses.txt')!.text;
  const found = [...text.matchAll(/^## (\S+) - [\d.]+ \((.+)\)$/gm)].map(([, name, licence]) => ({ name, licence }));
  assert.ok(found.some(({ name }) => name === 'react'));
  assert.deepEqual(
    found.filter(({ licence }) => !['MIT', 'Apache-2.0', 'ISC', 'BSD-3-Clause', '0BSD'].includes(licence!)),
    [],
  );
});

test('builders at the same time come to one folder, and no half build is left', async (t) => {
  const dist = await mkdtemp(join(tmpdir(), 'lethe-page-build-'));
  t.after(() => rm(dist, { recursive: true, force: true }));
  const built = new Set(await Promise.all([buildApp(dist), buildApp(dist), buildApp(dist)]));
  assert.equal(built.size, 1);
  assert.deepEqual(
    await readdir(dist),
    [...built].map((path) => basename(path)),
  );
  assert.ok((await readdir([...built][0]!)).includes('index.html'));
});

test('only some older builds are kept', async (t) => {
  const dist = await mkdtemp(join(tmpdir(), 'lethe-page-build-'));
  t.after(() => rm(dist, { recursive: true, force: true }));
  for (const name of ['a', 'b', 'c', 'd', 'e']) await mkdir(join(dist, name));
  const built = await buildApp(dist);
  const left = await readdir(dist);
  assert.equal(left.length, 4);
  assert.ok(left.includes(basename(built)));
});

test('a second build of the same sources does nothing', async () => {
  const index = join(await buildApp(), 'index.html');
  const before = (await stat(index)).ino;
  await buildApp();
  assert.equal((await stat(index)).ino, before);
});
