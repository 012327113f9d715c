/**
 * A virtual machine that is not whole ends; it never comes to forward a packet. Each case breaks one thing of an image whose
 * unbroken form forwards within seconds (the first test), and sees QEMU end without a word from the agent.
 */

import assert from 'node:assert/strict';
import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { ImageFiles } from '@lethe/core';
import type { MicrovmEngine } from '../src/microvm/index.ts';
import {
  changedImage,
  clearPlace,
  firstLine,
  leftBehind,
  makePlace,
  makeSpec,
  needsRoot,
  openEngine,
  standInImage,
} from './machines.ts';

const place = makePlace();
let image: ImageFiles;
let engine: MicrovmEngine;

before(async () => {
  image = await standInImage();
  engine = await openEngine(place, image);
}, needsRoot);
after(() => clearPlace(place, image));

/** Boots an image to its agent's first line, or to its end: null. Leaves nothing. */
async function boot(candidate: ImageFiles): Promise<string | null> {
  const spec = makeSpec(place, candidate);
  await engine.create(spec);
  const ended = new Promise<void>((resolve) => void engine.onExit(spec.id, resolve));
  const channel = await engine.connect(spec.id);
  const line = await firstLine(channel);
  if (line === null) {
    await ended;
    assert.deepEqual(
      (await engine.list()).map(({ state }) => state),
      ['dead'],
    );
  }
  await engine.destroy(spec.id);
  assert.deepEqual(leftBehind(place, [spec]), []);
  return line;
}

test('the unbroken image forwards', needsRoot, async () => {
  assert.equal(await boot(image), 'forwarding 1');
});

const ROOTS: [string, (root: string) => void][] = [
  [
    'a ruleset that nft refuses',
    (root) =>
      writeFileSync(
        join(root, 'etc/lethe/base.nft'),
        'table inet lethe { chain x { type filter hook input prioritea 0; } }\n',
      ),
  ],
  ['an empty ruleset', (root) => writeFileSync(join(root, 'etc/lethe/base.nft'), '')],
  ['a missing program', (root) => rmSync(join(root, 'usr/sbin/unbound'))],
  ['a missing library', (root) => rmSync(join(root, 'usr/lib/x86_64-linux-gnu/libnftables.so.1'))],
  ['a missing kernel module', (root) => rmSync(join(root, 'usr/lib/modules/wireguard.ko'))],
  ['no list of what must be there', (root) => rmSync(join(root, 'etc/lethe/required'))],
  ['no init', (root) => rmSync(join(root, 'usr/sbin/lethe-init'))],
];

for (const [what, change] of ROOTS) {
  test(`${what}: the machine ends`, needsRoot, async () => {
    const broken = await changedImage(image, place.base, change);
    assert.equal(await boot(broken), null);
    rmSync(join(broken.rootDir, '..'), { recursive: true });
  });
}

test('one changed byte in the root image: the machine ends', needsRoot, async () => {
  const content = readFileSync(image.rootImage);
  const at = content.indexOf(readFileSync(join(image.rootDir, 'opt/lethe/agent.js')).subarray(0, 200));
  assert.notEqual(at, -1);
  content.writeUInt8(content[at + 20]! ^ 1, at + 20);
  const rootImage = join(place.base, 'changed.erofs');
  writeFileSync(rootImage, content);
  assert.equal(await boot({ ...image, rootImage }), null);
});

test('the root hash of another image: the machine ends', needsRoot, async () => {
  const verityRoot = image.verityRoot.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
  assert.equal(await boot({ ...image, verityRoot }), null);
});

test('no root hash: the machine ends', needsRoot, async () => {
  assert.equal(await boot({ ...image, verityRoot: '' }), null);
});

test('an initramfs cut short: the machine ends', needsRoot, async () => {
  const initrd = join(place.base, 'short.initrd');
  writeFileSync(initrd, readFileSync(image.initrd));
  truncateSync(initrd, readFileSync(initrd).length - 400);
  assert.equal(await boot({ ...image, initrd }), null);
});
