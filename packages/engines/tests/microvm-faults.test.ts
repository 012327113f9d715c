/** Creations that fail or are interrupted: a clear error, and nothing left. No guest has to boot here. */

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ImageFiles, MachineSpec } from '@lethe/core';
import { openMicrovmEngine } from '../src/microvm/index.ts';
import { processesNamed } from '../src/microvm/processes.ts';
import { processName } from '../src/microvm/qemu.ts';
import { identify } from '../src/process/process-identity.ts';
import {
  clearPlace,
  leftBehind,
  makePlace,
  makeSpec,
  needsRoot,
  openEngine,
  recordOf,
  standInImage,
} from './machines.ts';

const place = makePlace();
let image: ImageFiles;

before(async () => {
  image = await standInImage();
}, needsRoot);
after(() => clearPlace(place, image));

const CHILD = fileURLToPath(new URL('microvm-in-child.ts', import.meta.url));

/** Creates a machine in a mount namespace that a shell command has changed first. Returns what the child printed. */
function createIn(preparation: string, spec: MachineSpec): string {
  const argument = JSON.stringify([
    { runDir: place.runDir, instance: place.instance, image, accelerator: 'tcg' },
    spec,
  ]);
  const script = `${preparation}; exec "$0" "$@"`;
  const words = ['-m', '--propagation', 'private', 'sh', '-ec', script, process.execPath, CHILD, argument];
  return execFileSync('unshare', words, { encoding: 'utf8' });
}

test('QEMU that refuses: an error without its words, and nothing left', needsRoot, async () => {
  const engine = await openEngine(place, image);
  const spec = makeSpec(place, { ...image, kernel: '/nonexistent/secret-name' });
  await assert.rejects(engine.create(spec), (error: Error & { code: string }) => {
    assert.equal(error.code, 'engine_failed');
    assert.doesNotMatch(error.message, /secret-name/);
    return true;
  });
  assert.deepEqual(leftBehind(place, [spec]), []);
});

test('a creation that is called off, before and during', needsRoot, async () => {
  const engine = await openEngine(place, image);
  const early = makeSpec(place, image);
  await assert.rejects(engine.create(early, AbortSignal.abort()), { code: 'engine_failed' });
  const during = makeSpec(place, image);
  const abort = new AbortController();
  const creation = engine.create(during, abort.signal);
  abort.abort();
  await assert.rejects(creation, { code: 'engine_failed' });
  assert.deepEqual(leftBehind(place, [early, during]), []);
});

test('an interface name that is taken: nothing is changed', needsRoot, async () => {
  const engine = await openEngine(place, image);
  const spec = makeSpec(place, image);
  execFileSync('ip', ['tuntap', 'add', 'dev', spec.hostInterface, 'mode', 'tap']);
  try {
    await assert.rejects(engine.create(spec), { code: 'engine_failed', message: /already has a network interface/ });
    execFileSync('ip', ['link', 'show', spec.hostInterface]);
  } finally {
    execFileSync('ip', ['link', 'del', spec.hostInterface]);
  }
  assert.deepEqual(leftBehind(place, [spec]), []);
});

test('malformed requests are refused', needsRoot, async () => {
  const engine = await openEngine(place, image);
  const spec = makeSpec(place, image);
  await assert.rejects(engine.create({ ...spec, id: '../../etc' }), { code: 'bad_request' });
  await assert.rejects(engine.create({ ...spec, hostInterface: 'a,script=/x' }), { code: 'bad_request' });
  await assert.rejects(engine.connect('../../etc'), { code: 'unreachable' });
  await engine.destroy('../../etc');
  assert.deepEqual(leftBehind(place, [spec]), []);
});

test('no TUN device', needsRoot, () => {
  const spec = makeSpec(place, image);
  assert.match(createIn('mount -t tmpfs none /dev/net', spec), /^engine_failed .*no TUN device/);
  assert.deepEqual(leftBehind(place, [spec]), []);
});

test('a full run directory', needsRoot, () => {
  const spec = makeSpec(place, image);
  mkdirSync(place.runDir, { recursive: true });
  const full = `mount -t tmpfs -o size=64k none ${place.runDir}; cat /dev/zero >${place.runDir}/fill 2>&- || true`;
  assert.match(createIn(full, spec), /^disk_full .*nothing is left/);
  assert.deepEqual(leftBehind(place, [spec]), []);
});

test('no QEMU', needsRoot, async () => {
  const options = { runDir: place.runDir, instance: place.instance, image, path: '/nonexistent' };
  const hidden = execFileSync('sh', ['-c', 'command -v qemu-system-x86_64'], { encoding: 'utf8' }).trim();
  const spec = makeSpec(place, image);
  assert.match(createIn(`mount --bind /dev/null ${hidden}`, spec), /^missing_tool .*qemu-system-x86\b/);
  assert.ok(await openMicrovmEngine(options));
});

test('what an interrupted creation left is listed as dead and removed, with its process', needsRoot, async () => {
  const engine = await openEngine(place, image);
  const spec = makeSpec(place, image);
  await engine.create(spec);
  const { process: qemu } = recordOf(place, spec.id);
  // The creator was killed after QEMU had started and before it had written that down.
  rmSync(join(place.runDir, spec.id, 'machine.json'));
  assert.equal((await engine.list())[0]?.state, 'dead');
  assert.equal(processesNamed(processName(place.instance, spec.id)).length, 1);
  await engine.destroy(spec.id);
  assert.equal(identify(qemu!.pid)?.startTime === qemu!.startTime, false);
  assert.deepEqual(leftBehind(place, [spec]), []);
});

test('a creator killed at any moment: the next one finds what there is and removes it', needsRoot, async () => {
  for (const wait of [150, 250, 350, 500]) {
    const spec = makeSpec(place, image);
    const argument = JSON.stringify([
      { runDir: place.runDir, instance: place.instance, image, accelerator: 'tcg' },
      spec,
    ]);
    const child = spawn(process.execPath, [CHILD, argument], { stdio: 'ignore' });
    await sleep(wait);
    child.kill('SIGKILL');
    const engine = await openEngine(place, image);
    await engine.destroy(spec.id);
    assert.deepEqual(leftBehind(place, [spec]), []);
  }
});

test('a process id that was given to another program is left alone', needsRoot, async () => {
  const innocent = spawn('sleep', ['600'], { stdio: 'ignore' });
  try {
    const spec = makeSpec(place, image);
    const directory = join(place.runDir, spec.id);
    mkdirSync(directory, { recursive: true });
    const record = { ...spec, imageDigest: image.digest, process: { pid: innocent.pid, startTime: '1' } };
    writeFileSync(join(directory, 'machine.json'), JSON.stringify(record));
    const engine = await openEngine(place, image);
    assert.equal((await engine.list())[0]?.state, 'dead');
    await engine.destroy(spec.id);
    assert.notEqual(identify(innocent.pid!), null);
    assert.deepEqual(leftBehind(place, [spec]), []);
  } finally {
    innocent.kill();
  }
});
