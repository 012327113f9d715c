/** A virtual machine from its birth to its end, also when the program that made it ends first. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { ImageFiles } from '@lethe/core';
import { identify } from '../src/process/process-identity.ts';
import {
  clearPlace,
  firstLine,
  inside,
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

test('a machine runs, is listed, answers, and is gone without a trace after its end', needsRoot, async () => {
  const engine = await openEngine(place, image);
  const spec = makeSpec(place, image);
  await engine.create(spec);
  assert.deepEqual(await engine.list(), [
    { id: spec.id, hostInterface: spec.hostInterface, imageDigest: image.digest, state: 'running' },
  ]);
  assert.match(execFileSync('ip', ['-brief', 'link', 'show', spec.hostInterface], { encoding: 'utf8' }), /DOWN/);
  const channel = await engine.connect(spec.id);
  assert.equal(await firstLine(channel), 'forwarding 1');
  const questions: [string, RegExp][] = [
    ['busybox touch /x', /Read-only file system/],
    ['busybox touch /etc/x', /Read-only file system/],
    ['cat /proc/1/comm', /^lethe-init$/m],
    ['ip -brief link show eth0', /^eth0 +DOWN/],
    ['nft list ruleset', /hook forward priority filter; policy drop/],
    ['cat /proc/swaps', /^Filename[^\n]*\n$/],
    ['cat /proc/mounts', /^\/dev\/dm-0 \/ erofs ro,/m],
    ['ip link add dev wgtest type wireguard && ip link del dev wgtest && echo kernel', /^kernel$/m],
    ['cat /proc/cmdline', /init_on_free=1/],
    ['echo x >/dev/ttyS0', /I\/O error/],
  ];
  for (const [command, answer] of questions) assert.match((await inside(channel, command)).output, answer, command);
  const { process: qemu } = recordOf(place, spec.id);
  const status = readFileSync(`/proc/${qemu!.pid}/status`, 'utf8');
  assert.doesNotMatch(status, /^Uid:\s+0\b/m);
  assert.match(status, /^CapEff:\s+0+$/m);
  assert.match(status, /^NoNewPrivs:\s+1$/m);
  assert.match(status, /^Seccomp:\s+2$/m);
  assert.match(readFileSync(`/proc/${qemu!.pid}/limits`, 'utf8'), /^Max core file size\s+0\s+0\s/m);
  assert.equal(readlinkSync(`/proc/${qemu!.pid}/root`), join(place.runDir, spec.id));
  await engine.destroy(spec.id);
  assert.equal(identify(qemu!.pid)?.startTime === qemu!.startTime, false);
  assert.deepEqual(await engine.list(), []);
  assert.deepEqual(leftBehind(place, [spec]), []);
  await engine.destroy(spec.id);
});

test(
  'a machine outlives its creator, is found by the next one, and can be spoken to again and again',
  needsRoot,
  async () => {
    const spec = makeSpec(place, image);
    const options = { runDir: place.runDir, instance: place.instance, image, accelerator: 'tcg' };
    const child = fileURLToPath(new URL('microvm-in-child.ts', import.meta.url));
    const said = execFileSync(process.execPath, [child, JSON.stringify([options, spec])], { encoding: 'utf8' });
    assert.equal(said, 'created\n');
    const engine = await openEngine(place, image);
    assert.deepEqual(
      (await engine.list()).map(({ id, state }) => ({ id, state })),
      [{ id: spec.id, state: 'running' }],
    );
    assert.equal(await firstLine(await engine.connect(spec.id)), 'forwarding 1');
    for (let round = 0; round < 5; round += 1) {
      const channel = await engine.connect(spec.id);
      assert.equal((await inside(channel, `echo ${round}`)).output, `${round}\n`);
    }
    await assert.rejects(engine.create(spec), { code: 'already_exists' });
    assert.equal((await inside(await engine.connect(spec.id), 'echo still')).output, 'still\n');
    await engine.destroy(spec.id);
    assert.deepEqual(leftBehind(place, [spec]), []);
  },
);

test(
  'a machine that ends by itself is reported once, listed as dead, and makes room for the next',
  needsRoot,
  async () => {
    const engine = await openEngine(place, image);
    const spec = makeSpec(place, image);
    await engine.create(spec);
    let calls = 0;
    const ended = new Promise<void>(
      (resolve) =>
        void engine.onExit(spec.id, () => {
          calls += 1;
          resolve();
        }),
    );
    const channel = await engine.connect(spec.id);
    await firstLine(channel);
    channel.write(`${Buffer.from('poweroff -f').toString('hex')}\n`);
    await ended;
    assert.equal((await engine.list())[0]?.state, 'dead');
    await assert.rejects(engine.connect(spec.id), { code: 'unreachable' });
    await engine.create(spec);
    assert.equal((await engine.list())[0]?.state, 'running');
    await engine.destroy(spec.id);
    assert.equal(calls, 1);
    assert.deepEqual(leftBehind(place, [spec]), []);
  },
);
