/** Packages from the machine's own mirror: checked, kept by content, and what happens when the lock and the mirror do not agree. */

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { LetheError } from '@lethe/core';
import { resolvePackages } from '../src/apt.ts';
import { hashFile } from '../src/hash.ts';
import type { LockedPackage } from '../src/lock.ts';
import { KernelModules, moduleOrder } from '../src/modules.ts';
import { fetchPackages, packagePath, unpackPackages } from '../src/packages.ts';
import { Unpacked } from '../src/unpacked.ts';

const base = mkdtempSync(join(tmpdir(), 'lethe-fetching-'));
const cache = join(base, 'packages');
const options = { timeout: 300_000 };
/** The smallest package of the image. */
let small: LockedPackage;
let steps: string[] = [];
const context = { onProgress: (text: string) => void steps.push(text) };

before(async () => {
  small = (await resolvePackages({})).find(({ name }) => name === 'dns-root-data')!;
}, options);
after(() => rmSync(base, { recursive: true, force: true }));

test('apt resolves all that the image needs, whatever this machine has installed', options, async () => {
  const names = (await resolvePackages({})).map(({ name }) => name);
  for (const name of ['busybox-static', 'libc6', 'nftables', 'unbound', 'wireguard-go'])
    assert.ok(names.includes(name), name);
  assert.ok(names.some((name) => /^linux-image-\d/.test(name)));
  assert.equal(names.includes('perl-base'), false);
});

test('a package is fetched once, and again when its copy is damaged', options, async () => {
  assert.equal(await fetchPackages([small], cache, context), true);
  assert.equal(await hashFile(packagePath(cache, small.sha256)), small.sha256);
  steps = [];
  assert.equal(await fetchPackages([small], cache, context), true);
  assert.deepEqual(steps, []);
  const damaged = readFileSync(packagePath(cache, small.sha256));
  writeFileSync(packagePath(cache, small.sha256), damaged.fill(0, 100, 101));
  assert.equal(await fetchPackages([small], cache, context), true);
  assert.equal(await hashFile(packagePath(cache, small.sha256)), small.sha256);
  assert.equal(steps.length, 1);
});

test('a package with other content than locked is refused and not kept', options, async () => {
  const wanted = { ...small, sha256: 'f'.repeat(64) };
  await assert.rejects(fetchPackages([wanted], cache, context), (error: LetheError) => {
    assert.equal(error.code, 'image_broken');
    assert.match(error.message, /dns-root-data .* does not have the content/);
    return true;
  });
  assert.equal(existsSync(packagePath(cache, wanted.sha256)), false);
  assert.deepEqual(
    readdirSync(cache).filter((name) => name.startsWith('.')),
    [],
  );
});

test('a version that the mirror does not have is reported, after one look at its current list', options, async () => {
  steps = [];
  assert.equal(await fetchPackages([{ ...small, version: '0~none', sha256: 'e'.repeat(64) }], cache, context), false);
  assert.match(steps.at(-1)!, /asking the mirror/);
});

test('unpacking runs no script of the package and touches nothing else', options, async () => {
  await fetchPackages([small], cache, context);
  await unpackPackages([small], cache, join(base, 'tree'), {});
  assert.deepEqual(readdirSync(join(base, 'tree')), ['dns-root-data']);
  assert.match(readFileSync(join(base, 'tree/dns-root-data/usr/share/dns/root.key'), 'utf8'), /DNSKEY|DS/);
});

test("a kernel's compressed modules are unpacked with the image's own busybox", options, async () => {
  const busybox = (await resolvePackages({})).find(({ name }) => name === 'busybox-static')!;
  await fetchPackages([busybox], cache, context);
  const tree = join(base, 'kernel');
  await unpackPackages([busybox], cache, tree, {});
  const modules = join(tree, 'linux/usr/lib/modules/6.12.0-test/kernel');
  mkdirSync(modules, { recursive: true });
  // "depends=base" and two other fields, as xz writes it.
  const compressed =
    '/Td6WFoAAAFpIt42AgAhARYAAAB0L+WjAQAgAGxpY2Vuc2U9R1BMAGRlcGVuZHM9YmFzZQBuYW1lPXgAAAAAAL1IU+IAATUhw2fezpBCmQ0BAAAAAAFZWg==';
  writeFileSync(join(modules, 'x.ko.xz'), Buffer.from(compressed, 'base64'));
  writeFileSync(join(modules, 'base.ko'), '\0depends=\0');
  const kernel = await KernelModules.read(await Unpacked.read(tree), join(base, 'work'));
  assert.equal(moduleOrder(await kernel.closure(['x'])), 'base.ko\nx.ko\n');
});
