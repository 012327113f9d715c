/** A machine's memory on the host: in its file while it runs, overwritten after its end, however it ended and whatever was interrupted. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ImageFiles } from '@lethe/core';
import {
  clearPlace,
  firstLine,
  inside,
  leftBehind,
  makePlace,
  makeSpec,
  memoryDir,
  needsRoot,
  openEngine,
  recordOf,
  standInImage,
} from './machines.ts';

const place = makePlace();
const CHILD = fileURLToPath(new URL('microvm-in-child.ts', import.meta.url));
let image: ImageFiles;

before(async () => {
  image = await standInImage();
}, needsRoot);
after(() => clearPlace(place, image));

const fileOf = (id: string): string => join(memoryDir(place), id);

/** Spelled in two halves here, so that what a test says is not what it looks for. */
const write = (mark: string): string => `echo ${mark}$(echo -seen) >/run/note`;

/** What an open file holds, also when it has lost its name. */
const held = (file: number): Buffer => readFileSync(`/proc/self/fd/${file}`);

async function until(what: () => boolean): Promise<void> {
  while (!what()) await sleep(50);
}

test('frozen, looked into, thawed, frozen again and ended', needsRoot, async () => {
  const engine = await openEngine(place, image);
  const spec = makeSpec(place, image);
  await engine.create(spec);
  const channel = await engine.connect(spec.id);
  assert.equal(await firstLine(channel), 'forwarding 1');
  await inside(channel, write('mark-frozen'));

  await engine.freeze(spec.id);
  await engine.freeze(spec.id);
  const pid = recordOf(place, spec.id).process!.pid;
  assert.deepEqual(await engine.memory(spec.id), [
    { kind: 'file', path: fileOf(spec.id), size: spec.memoryMb * 1024 * 1024, what: 'guest memory' },
    { kind: 'process', pid, what: 'qemu' },
  ]);
  assert.equal(statSync(fileOf(spec.id)).mode & 0o777, 0o600);
  const file = openSync(fileOf(spec.id), 'r');
  try {
    const frozen = held(file);
    assert.ok(frozen.includes('mark-frozen-seen'));
    let answered = false;
    const answer = inside(channel, 'echo awake').then((result) => {
      answered = true;
      return result;
    });
    await sleep(500);
    assert.equal(answered, false);
    await engine.thaw(spec.id);
    await engine.thaw(spec.id);
    assert.equal((await answer).output, 'awake\n');

    await engine.freeze(spec.id);
    await engine.destroy(spec.id);
    assert.ok(held(file).every((byte) => byte === 0));
  } finally {
    closeSync(file);
  }
  assert.deepEqual(leftBehind(place, [spec]), []);
  for (const call of ['freeze', 'thaw', 'memory'] as const)
    await assert.rejects(engine[call](spec.id), { code: 'unreachable' });
});

test('a machine that ends by itself: its memory is overwritten without being asked', needsRoot, async () => {
  const engine = await openEngine(place, image);
  const spec = makeSpec(place, image);
  await engine.create(spec);
  const channel = await engine.connect(spec.id);
  await firstLine(channel);
  await inside(channel, write('mark-off'));
  const file = openSync(fileOf(spec.id), 'r');
  try {
    assert.ok(held(file).includes('mark-off-seen'));
    channel.write(`${Buffer.from('poweroff -f').toString('hex')}\n`);
    await until(() => !existsSync(fileOf(spec.id)));
    assert.ok(held(file).every((byte) => byte === 0));
  } finally {
    closeSync(file);
  }
  assert.equal((await engine.list())[0]?.state, 'dead');
  await engine.destroy(spec.id);
  assert.deepEqual(leftBehind(place, [spec]), []);
});

test('QEMU killed while no engine looks: the next one overwrites as it opens', needsRoot, async () => {
  const spec = makeSpec(place, image);
  const options = { runDir: place.runDir, instance: place.instance, image, accelerator: 'tcg' };
  execFileSync(process.execPath, [CHILD, JSON.stringify([options, spec])]);
  const file = openSync(fileOf(spec.id), 'r');
  try {
    await until(() => held(file).includes('Linux version'));
    process.kill(recordOf(place, spec.id).process!.pid, 'SIGKILL');
    const engine = await openEngineOnceDead(spec.id);
    assert.ok(held(file).every((byte) => byte === 0));
    assert.equal(existsSync(fileOf(spec.id)), false);
    assert.equal((await engine.list())[0]?.state, 'dead');
    await engine.destroy(spec.id);
  } finally {
    closeSync(file);
  }
  assert.deepEqual(leftBehind(place, [spec]), []);
});

async function openEngineOnceDead(id: string): ReturnType<typeof openEngine> {
  await until(() => !existsSync(`/proc/${recordOf(place, id).process!.pid}/exe`));
  return openEngine(place, image);
}

/** What lies there after a kill between two steps of a creation or an ending, see memory.ts. */
const REMAINS: [string, { directory: boolean; memory: 'none' | 'full' | 'half overwritten' | 'overwritten' }][] = [
  ['a directory was made, and no memory', { directory: true, memory: 'none' }],
  ['memory was made, or QEMU ended', { directory: true, memory: 'full' }],
  ['half of the memory was overwritten', { directory: true, memory: 'half overwritten' }],
  ['all of it was overwritten', { directory: true, memory: 'overwritten' }],
  ['somebody removed the run directory', { directory: false, memory: 'full' }],
];

for (const [remains, { directory, memory }] of REMAINS) {
  for (const finder of ['the next engine', 'destroy'] as const) {
    test(`killed when ${remains}: ${finder} makes an end of it`, needsRoot, async () => {
      const spec = makeSpec(place, image);
      // Opened before, as an engine whose machine's QEMU crashed would be.
      const early = await openEngine(place, image);
      if (directory) mkdirSync(join(place.runDir, spec.id), { recursive: true, mode: 0o700 });
      const bytes = Buffer.alloc(8 * 1024 * 1024, memory === 'overwritten' ? 0 : 'secret');
      if (memory === 'half overwritten') bytes.fill(0, 0, bytes.length / 2);
      let file: number | null = null;
      if (memory !== 'none') {
        mkdirSync(memoryDir(place), { recursive: true, mode: 0o700 });
        writeFileSync(fileOf(spec.id), bytes, { mode: 0o600 });
        file = openSync(fileOf(spec.id), 'r');
      }
      try {
        assert.deepEqual(
          (await early.list()).map(({ id, state }) => ({ id, state })),
          [{ id: spec.id, state: 'dead' }],
        );
        if (finder === 'destroy') await early.destroy(spec.id);
        else await openEngine(place, image);
        if (file !== null) assert.ok(held(file).every((byte) => byte === 0));
        assert.equal(existsSync(memoryDir(place)), false);
      } finally {
        if (file !== null) closeSync(file);
        rmSync(join(place.runDir, spec.id), { recursive: true, force: true });
        rmSync(fileOf(spec.id), { force: true });
      }
      assert.deepEqual(leftBehind(place, [spec]), []);
    });
  }
}
