/** A container from its birth to its end, also when the program that made it ends first. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import type { ImageFiles } from '@lethe/core';
import { identify, isAlive } from '../src/process/process-identity.ts';
import { clearPlace, isRoot, leftBehind, makePlace, makeSpec, openEngine, pidOf } from './containers.ts';
import { inside, makeSmallRoot } from './small-root.ts';

const place = makePlace();
let image: ImageFiles;

before(() => {
  image = makeSmallRoot(`${place.base}/root`);
});
after(() => clearPlace(place));

const options = { skip: isRoot ? false : 'needs root', timeout: 120_000 };

test('a container runs, is listed, answers, and is gone without a trace after its end', options, async () => {
  const engine = await openEngine(place);
  const spec = makeSpec(place, image);
  await engine.create(spec);
  assert.deepEqual(await engine.list(), [
    { id: spec.id, hostInterface: spec.hostInterface, imageDigest: image.digest, state: 'running' },
  ]);
  const channel = await engine.connect(spec.id);
  assert.equal((await inside(channel, 'echo $LETHE_ENGINE $(cat /proc/1/comm)')).output, 'container lethe-init\n');
  assert.match((await inside(channel, 'ip -brief link show eth0')).output, /^eth0@/);
  const init = identify(pidOf(place, spec.id))!;
  await engine.destroy(spec.id);
  assert.equal(isAlive(init), false);
  assert.deepEqual(await engine.list(), []);
  assert.deepEqual(leftBehind(place), []);
  await engine.destroy(spec.id);
  await engine.close();
});

test('the next program finds the container, talks to it and ends it', options, async () => {
  const first = await openEngine(place);
  const spec = makeSpec(place, image);
  await first.create(spec);
  const old = await first.connect(spec.id);
  await inside(old, 'echo remembered > /run/note');
  await first.close();

  const second = await openEngine(place);
  assert.equal((await second.list())[0]?.state, 'running');
  const channel = await second.connect(spec.id);
  assert.equal((await inside(channel, 'cat /run/note')).output, 'remembered\n');
  await assert.rejects(second.create(spec), { code: 'already_exists' });
  assert.equal((await inside(channel, 'cat /run/note')).output, 'remembered\n');
  await second.destroy(spec.id);
  assert.deepEqual(leftBehind(place), []);
  await second.close();
});

test('connecting again closes the earlier stream and gives a new one', options, async () => {
  const engine = await openEngine(place);
  const spec = makeSpec(place, image);
  await engine.create(spec);
  const first = await engine.connect(spec.id);
  const closed = once(first, 'close');
  const second = await engine.connect(spec.id);
  await closed;
  assert.equal((await inside(second, 'echo again')).output, 'again\n');
  second.destroy();
  assert.equal((await inside(await engine.connect(spec.id), 'echo third')).output, 'third\n');
  await engine.destroy(spec.id);
  await assert.rejects(engine.connect(spec.id), { code: 'unreachable' });
  await engine.close();
});

test('a container that ends by itself is noticed once, listed as dead and can be removed', options, async () => {
  const engine = await openEngine(place);
  const spec = makeSpec(place, image);
  await engine.create(spec);
  let ends = 0;
  const ended = new Promise<void>((resolve) => {
    engine.onExit(spec.id, () => {
      ends++;
      resolve();
    });
  });
  const stop = engine.onExit(spec.id, () => assert.fail('A watch that was stopped called back.'));
  stop();
  const other = makeSpec(place, image);
  await engine.create(other);
  engine.onExit(other.id, () => assert.fail('An end on purpose was taken for one by itself.'));
  await engine.destroy(other.id);
  assert.equal((await engine.list())[0]?.state, 'running');
  process.kill(pidOf(place, spec.id), 'SIGKILL');
  await Promise.race([
    ended,
    new Promise((_, reject) => setTimeout(reject, 60_000, new Error('Not noticed.')).unref()),
  ]);
  assert.equal((await engine.list())[0]?.state, 'dead');
  await assert.rejects(engine.connect(spec.id), { code: 'unreachable' });
  await engine.destroy(spec.id);
  assert.deepEqual(leftBehind(place), []);
  assert.equal(ends, 1);
  await engine.close();
});

test('several containers are made and ended at once', options, async () => {
  const engine = await openEngine(place);
  const specs = Array.from({ length: 6 }, () => makeSpec(place, image));
  await Promise.all(specs.map((spec) => engine.create(spec)));
  assert.deepEqual(
    (await engine.list()).map((machine) => machine.state),
    Array(6).fill('running'),
  );
  const maps = await Promise.all(
    specs.map(async (spec) => (await inside(await engine.connect(spec.id), 'cat /proc/self/uid_map')).output),
  );
  assert.equal(new Set(maps).size, 6);
  await Promise.all(specs.map((spec) => engine.destroy(spec.id)));
  assert.deepEqual(leftBehind(place), []);
  await engine.close();
});
