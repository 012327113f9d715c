/** A container stands still, is looked into, goes on; and what of it is in files of the host is gone with it. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ImageFiles } from '@lethe/core';
import { clearPlace, isRoot, leftBehind, makePlace, makeSpec, openEngine, pidOf } from './containers.ts';
import { inside, makeSmallRoot } from './small-root.ts';

const place = makePlace();
let image: ImageFiles;

before(() => {
  image = makeSmallRoot(`${place.base}/root`);
});
after(() => clearPlace(place));

const options = { skip: isRoot ? false : 'needs root', timeout: 120_000 };

/** Files of the host below the place that hold a text. */
function filesWith(text: string): string {
  const script = 'grep -rlF -e "$1" "$2" || test $? = 1';
  return execFileSync('sh', ['-c', script, 'sh', text, place.base], { encoding: 'utf8' });
}

test('frozen, looked into, thawed, frozen again and ended', options, async () => {
  const engine = await openEngine(place);
  const spec = makeSpec(place, image);
  await engine.create(spec);
  const channel = await engine.connect(spec.id);
  await inside(channel, 'sleep 600 >/dev/null 2>&1 &');
  await engine.freeze(spec.id);
  await engine.freeze(spec.id);

  const areas = await engine.memory(spec.id);
  const programs = areas.map(({ what }) => what).toSorted();
  assert.deepEqual(programs, ['lethe-init', 'sleep']);
  assert.ok(areas.every((area) => area.kind === 'process' && readFileSync(`/proc/${area.pid}/maps`).length > 0));
  assert.ok(areas.some((area) => area.kind === 'process' && area.pid === pidOf(place, spec.id)));

  let answered = false;
  const answer = inside(channel, 'echo awake').then((result) => {
    answered = true;
    return result;
  });
  await sleep(300);
  assert.equal(answered, false);
  await engine.thaw(spec.id);
  await engine.thaw(spec.id);
  assert.equal((await answer).output, 'awake\n');

  await engine.freeze(spec.id);
  await engine.destroy(spec.id);
  assert.deepEqual(leftBehind(place), []);
  for (const call of ['freeze', 'thaw', 'memory'] as const)
    await assert.rejects(engine[call](spec.id), { code: 'unreachable' });
  await engine.close();
});

test('what a container writes is in no file of the host, while it runs and after', options, async () => {
  const engine = await openEngine(place);
  const spec = makeSpec(place, image);
  await engine.create(spec);
  const channel = await engine.connect(spec.id);
  const mark = `mark-${spec.id.slice(0, 12)}`;
  // /run and /tmp are tmpfs of its own mount namespace; the root and everything else refuse.
  for (const directory of ['/run', '/tmp', '/dev/shm', '/', '/etc', '/root', '/run/lethe/host'])
    await inside(channel, `echo ${mark} >${directory}/note`);
  assert.equal((await inside(channel, 'cat /run/note')).output, `${mark}\n`);
  assert.equal(filesWith(mark), '');
  // The search itself finds such files.
  assert.notEqual(filesWith('lethe-init'), '');
  await engine.destroy(spec.id);
  assert.equal(filesWith(mark), '');
  assert.deepEqual(leftBehind(place), []);
  await engine.close();
});
