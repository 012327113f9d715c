/** The choice between KVM and emulation: by trying, within a limit, once. */

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { ImageFiles } from '@lethe/core';
import { boots, chooseAccelerator, type ProbeContext } from '../src/microvm/accelerator.ts';
import { findHostTools } from '../src/microvm/host-tools.ts';
import { openMicrovmEngine } from '../src/microvm/index.ts';
import { processesNamed } from '../src/microvm/processes.ts';
import { processName } from '../src/microvm/qemu.ts';
import { makePlace, needsRoot, standInImage } from './machines.ts';

const place = makePlace();
let image: ImageFiles;
let context: ProbeContext;

before(async () => {
  image = await standInImage();
  mkdirSync(place.runDir);
  context = { tools: await findHostTools(), runDir: place.runDir, instance: place.instance };
}, needsRoot);
after(() => rmSync(place.base, { recursive: true, force: true }));

test('the probe sees a kernel that boots', needsRoot, async () => {
  assert.equal(await boots(image, 'tcg', { ...context, limitMs: 60_000 }), true);
});

test('the probe sees a kernel that hangs, within its limit, and leaves no process', needsRoot, async () => {
  // 200 ms are never enough under emulation: from outside the same as a machine that hangs.
  assert.equal(await boots(image, 'tcg', { ...context, limitMs: 200 }), false);
  assert.deepEqual(processesNamed(processName(place.instance, 'probe')), []);
});

test('the probe sees a kernel that panics', needsRoot, async () => {
  const initrd = join(place.base, 'empty.initrd');
  writeFileSync(initrd, '');
  assert.equal(await boots({ ...image, initrd }, 'tcg', { ...context, limitMs: 60_000 }), false);
});

test('without the device there is no probe', needsRoot, async () => {
  const broken = { ...context, device: '/nonexistent', tools: { ...context.tools, qemu: '/nonexistent' } };
  assert.equal(await chooseAccelerator(image, broken), 'tcg');
});

test('the choice on this machine holds: it is made once, and KVM only if it boots', needsRoot, async () => {
  const engine = await openMicrovmEngine({ runDir: place.runDir, instance: place.instance, image });
  const { accelerator, limits } = await engine.capabilities();
  assert.deepEqual(limits, accelerator === 'tcg' ? ['software-emulation'] : []);
  const again = { ...context, tools: { ...context.tools, qemu: '/nonexistent' } };
  assert.equal(await chooseAccelerator(image, again), accelerator);
  assert.deepEqual(processesNamed(processName(place.instance, 'probe')), []);
});

test('another image is tried anew', needsRoot, async () => {
  const file = join(place.runDir, 'accelerator.json');
  writeFileSync(file, JSON.stringify({ image: image.digest, accelerator: 'kvm' }));
  const device = '/dev/null';
  assert.equal(await chooseAccelerator(image, { ...context, device }), 'kvm');
  const other = { ...image, digest: 'f'.repeat(64), kernel: '/nonexistent' };
  assert.equal(await chooseAccelerator(other, { ...context, device }), 'tcg');
  assert.equal(JSON.parse(readFileSync(file, 'utf8')).accelerator, 'tcg');
});
