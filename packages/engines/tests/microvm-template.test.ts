/** Machines that begin as copies of one that has booted: faster, as closed, and nothing of one in another. */

import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { ImageFiles } from '@lethe/core';
import type { MicrovmEngine } from '../src/microvm/index.ts';
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
let image: ImageFiles;
/** With the template that the first test makes; the tests after it go on with it, in order. */
let engine: MicrovmEngine;

before(async () => {
  image = await standInImage();
  engine = await openEngine(place, image);
}, needsRoot);
after(() => clearPlace(place, image));

const WITH_TEMPLATE = ['memory ', 'memory template', 'file template'];
const templateFiles = (): string[] => [
  ...(existsSync(join(place.runDir, 'template')) ? ['state'] : []),
  ...(existsSync(memoryDir(place)) ? readdirSync(memoryDir(place)).filter((name) => name === 'template') : []),
];
/** What the stand-in agent wrote when it was told to rest. */
const RESTED = 'cat /run/rested 2>/dev/null';

test('copies go on where the template was, each for itself, and end without a trace', needsRoot, async () => {
  const [one, other] = [makeSpec(place, image), makeSpec(place, image)];
  const prepared = engine.prepare(one);
  assert.deepEqual(await engine.list(), [], 'the machine that becomes the template is nobody’s');
  // Waits for the template rather than booting beside it.
  const created = engine.create(one);
  await prepared;
  await created;
  await engine.create(other);
  assert.deepEqual(templateFiles(), ['state', 'template']);
  assert.deepEqual((await engine.list()).map(({ id }) => id).toSorted(), [one.id, other.id].toSorted());
  const lines = [await engine.connect(one.id), await engine.connect(other.id)];
  for (const line of lines) assert.equal(await firstLine(line), 'forwarding 1');
  const answers = async (command: string): Promise<string[]> => [
    (await inside(lines[0]!, command)).output,
    (await inside(lines[1]!, command)).output,
  ];
  const [rested, alike] = await answers(RESTED);
  assert.match(rested!, /^[0-9a-f-]{36}$/);
  assert.equal(alike, rested);
  await inside(lines[0]!, 'echo of-one-alone >/run/mark');
  assert.deepEqual(await answers('cat /run/mark 2>/dev/null'), ['of-one-alone\n', '']);
  for (const ruleset of await answers('nft list ruleset'))
    assert.match(ruleset, /hook forward priority filter; policy drop/);
  for (const root of await answers('cat /proc/mounts')) assert.match(root, /^\/dev\/dm-0 \/ erofs ro,/m);
  assert.notEqual(recordOf(place, one.id).process!.pid, recordOf(place, other.id).process!.pid);
  await engine.destroy(one.id);
  assert.equal((await inside(lines[1]!, 'echo still')).output, 'still\n');
  await engine.create(one);
  assert.equal((await inside(await engine.connect(one.id), 'cat /run/mark 2>/dev/null')).output, '');
  for (const { id } of [one, other]) await engine.destroy(id);
  assert.deepEqual(leftBehind(place, [one, other]), WITH_TEMPLATE);
});

test(
  'copies draw the same until they wake up, and then have their own randomness and the time',
  needsRoot,
  async () => {
    const specs = [makeSpec(place, image), makeSpec(place, image)];
    const lines = await Promise.all(
      specs.map(async (spec) => {
        await engine.create(spec);
        const line = await engine.connect(spec.id);
        await firstLine(line);
        return line;
      }),
    );
    const say = (words: readonly string[]): Promise<(string | null)[]> =>
      Promise.all(
        lines.map((line, index) => {
          const answer = firstLine(line);
          line.write(`${words[index % words.length]}\n`);
          return answer;
        }),
      );
    const [one, other] = await say(['draw']);
    assert.match(one!, /^[0-9a-f]{64}$/);
    assert.equal(other, one, 'or this test shows nothing');
    assert.deepEqual(await say(['wake AAAA 0']), Array(2).fill('RangeError: A seed has 32 bytes.'));
    const now = Date.now() + 3_600_000;
    const seeds = [1, 2].map((byte) => Buffer.alloc(32, byte).toString('base64'));
    assert.deepEqual(await say(seeds.map((seed) => `wake ${seed} ${now}`)), ['awake', 'awake']);
    const drawn = await say(['draw']);
    assert.equal(new Set([one, ...drawn]).size, 3);
    for (const line of lines) {
      const seconds = Number((await inside(line, 'busybox date +%s')).output);
      assert.ok(Math.abs(seconds - now / 1000) < 60, `the clock says ${seconds}`);
    }
    for (const { id } of specs) await engine.destroy(id);
  },
);

test('a machine that must boots from the start', needsRoot, async () => {
  const spec = makeSpec(place, image);
  await engine.create({ ...spec, coldBoot: true });
  const line = await engine.connect(spec.id);
  await firstLine(line);
  assert.equal((await inside(line, RESTED)).output, '');
  await engine.destroy(spec.id);
});

test('a template that has come to harm: the machine boots from the start, and nothing is left', needsRoot, async () => {
  const spec = makeSpec(place, image);
  writeFileSync(join(place.runDir, 'template', 'state'), 'not a state');
  await engine.create(spec);
  assert.equal(await firstLine(await engine.connect(spec.id)), 'forwarding 1');
  await engine.destroy(spec.id);
  assert.deepEqual(templateFiles(), ['state', 'template'], 'it stays until it is released');
  await engine.release();
  assert.deepEqual(leftBehind(place, [spec]), []);
});

test('called off while it is made, or left by a program that ended: nothing stays', needsRoot, async () => {
  const spec = makeSpec(place, image);
  const stop = new AbortController();
  const prepared = assert.rejects(engine.prepare(spec, stop.signal));
  setTimeout(() => stop.abort(), 1500);
  await prepared;
  assert.deepEqual(leftBehind(place, [spec]), []);
  await engine.prepare(spec);
  // What another program finds on its next start: it removes it and does not use it.
  const next = await openEngine(place, image);
  await next.release();
  assert.deepEqual(templateFiles(), []);
  await engine.release();
  assert.deepEqual(leftBehind(place, [spec]), []);
});
