/** What runs in a container is held against its image from outside: another program, code of no file, a changed page of a program. */

import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { ImageFiles } from '@lethe/core';
import { hierarchies } from '../src/container/cgroups.ts';
import { clearPlace, isRoot, makePlace, makeSpec, openEngine } from './containers.ts';
import { inside, makeSmallRoot } from './small-root.ts';

const place = makePlace();
let image: ImageFiles;

before(() => {
  image = makeSmallRoot(`${place.base}/root`);
});
after(() => clearPlace(place));

const options = { skip: isRoot ? false : 'needs root', timeout: 120_000 };

/** A program of this machine, with the name and place of one of the image, put among the processes of the container. */
function smuggle(id: string): ChildProcess {
  const child = spawn('/usr/bin/sleep', ['600'], { stdio: 'ignore' });
  const { cgroup } = JSON.parse(readFileSync(join(place.runDir, id, 'machine.json'), 'utf8')) as { cgroup: string };
  for (const { mountPoint } of hierarchies()) {
    const list = `${mountPoint}${cgroup}/cgroup.procs`;
    if (existsSync(list)) writeFileSync(list, String(child.pid));
  }
  return child;
}
/** Maps a page to write to and to run (mmap is 9). */
const MAPPED = `perl -e 'syscall(9, 0, 4096, 7, 0x22, -1, 0) > 0 or exit 1; sleep 600' >/dev/null 2>&1 &`;

async function pidOf(engine: Awaited<ReturnType<typeof openEngine>>, id: string, word: string): Promise<number> {
  for (const area of await engine.memory(id))
    if (area.kind === 'process' && readFileSync(`/proc/${area.pid}/cmdline`, 'utf8').includes(word)) return area.pid;
  throw new Error(`no process with ${word}`);
}

test('what is the image’s is nothing foreign; what is not is seen, and gone with it', options, async () => {
  const engine = await openEngine(place);
  const spec = makeSpec(place, image);
  await engine.create(spec);
  const channel = await engine.connect(spec.id);
  await inside(channel, 'sleep 601 >/dev/null 2>&1 &');
  assert.equal(await engine.runsOnly(spec.id, image), true);
  assert.equal(await engine.runsOnly(spec.id, { ...image, digest: 'f'.repeat(64) }), false, 'another image');

  const smuggled = smuggle(spec.id);
  assert.equal(await engine.runsOnly(spec.id, image), false, 'another file of that name');
  const over = once(smuggled, 'close');
  smuggled.kill('SIGKILL');
  await over;
  assert.equal(await engine.runsOnly(spec.id, image), true);

  await inside(channel, MAPPED);
  await inside(channel, 'sleep 0.5');
  assert.equal(await engine.runsOnly(spec.id, image), false, 'code of no file');
  process.kill(await pidOf(engine, spec.id, 'sleep 600'), 'SIGKILL');
  await inside(channel, 'sleep 0.2');
  assert.equal(await engine.runsOnly(spec.id, image), true);

  const pid = await pidOf(engine, spec.id, '601');
  const [range] = /^(\S+) r-xp .*\/sleep$/m.exec(readFileSync(`/proc/${pid}/maps`, 'utf8'))!.slice(1);
  const memory = openSync(`/proc/${pid}/mem`, 'r+');
  writeSync(memory, Buffer.from([0xcc]), 0, 1, Number.parseInt(range!.split('-')[0]!, 16) + 16);
  closeSync(memory);
  assert.equal(await engine.runsOnly(spec.id, image), false, 'one changed byte');
  await engine.destroy(spec.id);
  await assert.rejects(engine.runsOnly(spec.id, image), { code: 'unreachable' });
  await engine.close();
});

test('an image on an overlay is the image all the same', options, async () => {
  const [upper, work, root] = ['upper', 'work', 'overlay'].map((name) => join(place.base, name));
  for (const directory of [upper!, work!, root!]) mkdirSync(directory);
  const layers = `lowerdir=${image.rootDir},upperdir=${upper},workdir=${work}`;
  execFileSync('mount', ['-t', 'overlay', 'lethe-test', '-o', layers, root!]);
  try {
    const engine = await openEngine(place);
    const spec = makeSpec(place, { ...image, rootDir: root! });
    await engine.create(spec);
    await inside(await engine.connect(spec.id), 'sleep 601 >/dev/null 2>&1 &');
    assert.equal(await engine.runsOnly(spec.id, spec.image), true);
    await engine.destroy(spec.id);
    await engine.close();
  } finally {
    execFileSync('umount', [root!]);
  }
});
