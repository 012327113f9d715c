/** Which engine an operator's word stands for. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { chooseEngine } from '../src/index.ts';
import { clearPlace, isRoot, makePlace } from './containers.ts';
import { imageOf } from './small-root.ts';

const place = makePlace();
after(() => clearPlace(place));

const options = { skip: isRoot ? false : 'needs root', timeout: 120_000 };
const open = { runDir: place.runDir, instance: place.instance, image: imageOf(place.base) };

test('another word than the known ones is refused before anything is made', options, async () => {
  for (const word of ['', 'docker', 'Container', 'constructor'])
    await assert.rejects(chooseEngine(word, open), { code: 'unknown_engine', message: /auto, microvm or container/ });
  assert.equal(existsSync(place.runDir), false);
});

test('container opens the container engine in a directory of its kind', options, async () => {
  const engine = await chooseEngine('container', open);
  assert.equal(engine.kind, 'container');
  const capabilities = await engine.capabilities();
  assert.equal(capabilities.ownKernel, false);
  assert.ok(capabilities.limits.includes('host-kernel-memory-shared'));
  assert.equal(capabilities.limits.includes('userspace-wireguard-buffers'), !capabilities.kernelWireguard);
  assert.ok(existsSync(join(place.runDir, 'container/runc')));
});

test('a user who is not root is told so', options, async () => {
  const url = new URL('../src/container/index.ts', import.meta.url).href;
  // Opened without the chooser, which loads an engine's code late: the checkout may be where only root can enter.
  const program = `const { openContainerEngine } = await import('${url}');
    process.seteuid(65534);
    await openContainerEngine(${JSON.stringify(open)}).catch((error) => console.log(error.code));`;
  assert.equal(
    execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' }),
    'not_root\n',
  );
});

test('without QEMU and runc, the word for what is missing names the tool', options, async () => {
  const path = mkdtempSync(join(place.base, 'tools-'));
  await assert.rejects(chooseEngine('container', { ...open, path }), { code: 'missing_tool', message: /runc/ });
});
