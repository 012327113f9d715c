import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { dependencies, KernelModules, moduleOrder } from './modules.ts';
import { Unpacked } from './unpacked.ts';

let dir: string;

const module = (needs: string): Buffer => Buffer.from(`\0license=GPL\0depends=${needs}\0name=x\0`);

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lethe-modules-'));
  const kernel = join(dir, 'linux/lib/modules/6.1.0-test');
  mkdirSync(join(kernel, 'kernel/net'), { recursive: true });
  writeFileSync(join(kernel, 'modules.builtin'), 'kernel/net/ipv6.ko\n');
  writeFileSync(join(kernel, 'kernel/net/top-level.ko'), module('middle,ipv6'));
  writeFileSync(join(kernel, 'kernel/net/middle.ko.zst'), zstdCompressSync(module('base')));
  writeFileSync(join(kernel, 'kernel/net/base.ko'), module(''));
});
afterEach(() => rmSync(dir, { recursive: true }));

const read = async (): Promise<KernelModules> => KernelModules.read(await Unpacked.read(dir), join(dir, 'work'));

test('a module comes after what it needs, once, and without what the kernel has built in', async () => {
  const modules = await (await read()).closure(['top_level', 'base']);
  assert.equal(moduleOrder(modules), 'base.ko\nmiddle.ko\ntop_level.ko\n');
  assert.deepEqual(dependencies(modules[1]!.content), ['base']);
});

test('what an earlier list loads is left out', async () => {
  const kernel = await read();
  const first = await kernel.closure(['middle']);
  assert.equal(moduleOrder(await kernel.closure(['top-level'], [], first)), 'top_level.ko\n');
});

test('a module that the kernel does not have is an error, unless it is optional', async () => {
  const kernel = await read();
  await assert.rejects(kernel.closure(['absent']), { code: 'image_broken' });
  assert.equal(moduleOrder(await kernel.closure([], ['absent', 'base'])), 'base.ko\n');
});
