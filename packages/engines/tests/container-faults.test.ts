/**
 * Creations that fail, hang, are called off or are cut short by the end of the program: a clear error, and nothing
 * left.
 */

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { ImageFiles } from '@lethe/core';
import { findTool, searchPath } from '../src/process/command.ts';
import { clearPlace, isRoot, leftBehind, makePlace, makeSpec, openEngine } from './containers.ts';
import { imageOf, inside, makeSmallRoot } from './small-root.ts';

const place = makePlace();
let image: ImageFiles;

before(() => {
  image = makeSmallRoot(join(place.base, 'root'));
});
after(() => clearPlace(place));

const options = { skip: isRoot ? false : 'needs root', timeout: 120_000 };

/**
 * A search path in which `tool` is a shell script. In it, $REAL is the real tool, $STEP the runc or ip command (create,
 * start, add …).
 */
function pathWith(tool: string, script: string): string {
  const directory = mkdtempSync(join(place.base, 'tools-'));
  const real = findTool(tool, tool, searchPath());
  const step = 'for word in "$@"; do case $word in create|start|add) STEP=$word; break;; esac; done';
  writeFileSync(join(directory, tool), `#!/bin/sh\nREAL=${real}\n${step}\n${script}\n`, { mode: 0o755 });
  return `${directory}:${searchPath()}`;
}

const broken = (tool: string, step: string, script: string): string =>
  pathWith(tool, `if [ "$STEP" = ${step} ]; then ${script}; fi; exec $REAL "$@"`);

test('an interface name that is taken: the other interface stays', options, async () => {
  const engine = await openEngine(place);
  const spec = makeSpec(place, image);
  execFileSync('ip', [
    'link',
    'add',
    'name',
    spec.hostInterface,
    'type',
    'veth',
    'peer',
    'name',
    `${spec.hostInterface}p`,
  ]);
  try {
    await assert.rejects(engine.create(spec), { code: 'engine_failed' });
    execFileSync('ip', ['link', 'show', 'dev', spec.hostInterface]);
    await engine.destroy(spec.id);
    execFileSync('ip', ['link', 'show', 'dev', spec.hostInterface]);
  } finally {
    execFileSync('ip', ['link', 'delete', 'dev', spec.hostInterface]);
  }
  assert.deepEqual(leftBehind(place), []);
  await engine.close();
});

test('an image without a root, without init or out of reach', options, async () => {
  const engine = await openEngine(place);
  const empty = join(place.base, 'empty');
  mkdirSync(empty);
  for (const rootDir of [join(place.base, 'missing'), empty, 'relative'])
    await assert.rejects(engine.create(makeSpec(place, imageOf(rootDir))), { code: 'image_broken' }, rootDir);
  const closed = join(place.base, 'closed');
  mkdirSync(closed, { mode: 0o700 });
  execFileSync('cp', ['-a', image.rootDir, closed]);
  await assert.rejects(engine.create(makeSpec(place, imageOf(join(closed, 'root')))), { code: 'image_broken' });
  chmodSync(closed, 0o711);
  chmodSync(join(closed, 'root/usr/sbin/lethe-init'), 0o644);
  await assert.rejects(engine.create(makeSpec(place, imageOf(join(closed, 'root')))), { code: 'engine_failed' });
  assert.deepEqual(leftBehind(place), []);
  await engine.close();
});

test('a malformed specification', options, async () => {
  const engine = await openEngine(place);
  for (const wrong of [{ id: '../../etc' }, { hostInterface: 'far-too-long-name' }, { memoryMb: 0 }, { pids: 1.5 }])
    await assert.rejects(engine.create(makeSpec(place, image, wrong)), { code: 'bad_request' });
  await assert.rejects(engine.destroy('../../etc'), { code: 'bad_request' });
  assert.deepEqual(leftBehind(place), []);
  await engine.close();
});

test('a host without runc', options, async () => {
  const directory = mkdtempSync(join(place.base, 'tools-'));
  for (const tool of ['ip', 'unshare', 'mknod'])
    execFileSync('ln', ['-s', findTool(tool, tool, searchPath()), directory]);
  await assert.rejects(openEngine(place, { path: directory }), { code: 'missing_tool', message: /runc/ });
});

const FAILURES: [string, string][] = [
  ['runc fails before it makes anything', broken('runc', 'create', 'exit 1')],
  ['runc fails after it made the container', broken('runc', 'create', '$REAL "$@"; exit 1')],
  ['runc writes no process id', broken('runc', 'create', 'shift 8; exit 0')],
  ['the link cannot be made', broken('ip', 'add', 'case "$*" in *veth*) exit 1;; esac')],
  ['the link is made and ip fails', broken('ip', 'add', 'case "$*" in *veth*) $REAL "$@"; exit 1;; esac')],
  ['the container does not start', broken('runc', 'start', 'exit 1')],
  ['the container starts and runc fails', broken('runc', 'start', '$REAL "$@"; exit 1')],
];
for (const [what, path] of isRoot ? FAILURES : [])
  test(`creation fails: ${what}`, options, async () => {
    const engine = await openEngine(place, { path });
    await assert.rejects(engine.create(makeSpec(place, image)), { code: 'engine_failed' });
    assert.deepEqual(leftBehind(place), []);
    assert.deepEqual(await engine.list(), []);
    await engine.close();
  });

const HANGS: [string, string][] = [
  ['runc before it makes anything', broken('runc', 'create', 'exec sleep 300')],
  ['runc after it made the container', broken('runc', 'create', '$REAL "$@"; exec sleep 300')],
  ['runc at the start', broken('runc', 'start', 'exec sleep 300')],
];
for (const [what, path] of isRoot ? HANGS : []) {
  test(`creation hangs: ${what}`, options, async () => {
    const engine = await openEngine(place, { path, toolLimitMs: 1500 });
    await assert.rejects(engine.create(makeSpec(place, image)), { code: 'timeout' });
    assert.deepEqual(leftBehind(place), []);
    await engine.close();
  });
  test(`creation is called off while it hangs: ${what}`, options, async () => {
    const engine = await openEngine(place, { path });
    const stop = new AbortController();
    const creation = engine.create(makeSpec(place, image), stop.signal);
    setTimeout(() => stop.abort(), 300);
    await assert.rejects(creation, { code: 'engine_failed' });
    assert.deepEqual(leftBehind(place), []);
    await engine.close();
  });
}

test('creation is called off before it begins, or by an end that comes meanwhile', options, async () => {
  const engine = await openEngine(place);
  await assert.rejects(engine.create(makeSpec(place, image), AbortSignal.abort()), { code: 'engine_failed' });
  const spec = makeSpec(place, image);
  await Promise.all([engine.create(spec), engine.destroy(spec.id)]);
  assert.deepEqual(leftBehind(place), []);
  await engine.close();
});

test('limits that runc did not set are noticed', options, async () => {
  for (const resource of ['memory', 'pids']) {
    const drop = `sed -i 's/"${resource}":{[^}]*}/"${resource}":{}/' ${place.runDir}/*/config.json`;
    const engine = await openEngine(place, { path: broken('runc', 'create', drop) });
    await assert.rejects(engine.create(makeSpec(place, image)), { code: 'engine_failed', message: /limits/ }, resource);
    assert.deepEqual(leftBehind(place), []);
    await engine.close();
  }
});

test('a full file system', options, async () => {
  const small = { ...place, runDir: join(place.base, 'small') };
  mkdirSync(small.runDir);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', small.runDir]);
  try {
    const engine = await openEngine(small);
    execFileSync('sh', ['-c', 'cat /dev/zero > "$1/fill" 2> /dev/null || true', 'sh', small.runDir]);
    await assert.rejects(engine.create(makeSpec(place, image)), { code: 'disk_full' });
    rmSync(join(small.runDir, 'fill'));
    assert.deepEqual(leftBehind(small), []);
    await engine.close();
  } finally {
    execFileSync('umount', [small.runDir]);
  }
});

const DEATH = 'kill -9 $PPID; exit 1';
const DEATHS: [string, string][] = [
  ['before runc makes the container', broken('runc', 'create', DEATH)],
  ['after runc made the container', broken('runc', 'create', `$REAL "$@"; ${DEATH}`)],
  ['while runc goes on without it', broken('runc', 'create', 'kill -9 $PPID; sleep 2; exec $REAL "$@"')],
  ['before the link', broken('ip', 'add', `case "$*" in *veth*) ${DEATH};; esac`)],
  ['after the link', broken('ip', 'add', `case "$*" in *veth*) $REAL "$@"; ${DEATH};; esac`)],
  ['before the start', broken('runc', 'start', DEATH)],
  ['after the start, before it is recorded', broken('runc', 'start', `$REAL "$@"; ${DEATH}`)],
];
for (const [when, path] of isRoot ? DEATHS : [])
  test(`the program is killed ${when}`, options, async () => {
    const spec = makeSpec(place, image);
    const given = JSON.stringify([{ runDir: place.runDir, instance: place.instance, path }, spec]);
    const child = spawn(process.execPath, [fileURLToPath(new URL('create-in-child.ts', import.meta.url)), given], {
      stdio: 'inherit',
    });
    assert.deepEqual(await once(child, 'exit'), [null, 'SIGKILL']);
    const engine = await openEngine(place);
    assert.deepEqual(
      (await engine.list()).map(({ id, state }) => [id, state]),
      [[spec.id, 'dead']],
    );
    // The next creation ends what goes on and clears the remains.
    await engine.create(spec);
    assert.equal((await inside(await engine.connect(spec.id), 'echo here')).output, 'here\n');
    await engine.destroy(spec.id);
    assert.deepEqual(leftBehind(place), []);
    await engine.close();
  });
