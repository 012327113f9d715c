/** Limits of memory and processes, held against a container that tries to take more. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type { ImageFiles } from '@lethe/core';
import { hierarchies } from '../src/container/cgroups.ts';
import { cgroupOf, machinePaths, readRecord } from '../src/container/record.ts';
import { clearPlace, isRoot, leftBehind, makePlace, makeSpec, openEngine } from './containers.ts';
import { inside, makeSmallRoot } from './small-root.ts';

const place = makePlace();
let image: ImageFiles;

before(() => {
  image = makeSmallRoot(`${place.base}/root`);
});
after(() => clearPlace(place));

const options = { skip: isRoot ? false : 'needs root', timeout: 120_000 };

/** A number of a machine's control group, from the first of these files that exists. */
function groupValue(id: string, ...files: string[]): number {
  const paths = machinePaths(place.runDir, id);
  const found = hierarchies()
    .flatMap(({ mountPoint }) => files.map((file) => `${mountPoint}${cgroupOf(paths)}/${file}`))
    .find((file) => existsSync(file));
  assert.ok(found, `No file ${files.join(' or ')}.`);
  return Number(/\d+\s*$/.exec(readFileSync(found, 'utf8'))?.[0]);
}

test('a container cannot have more processes than its limit, and a fork bomb ends with it', options, async () => {
  const engine = await openEngine(place);
  const spec = makeSpec(place, image, { pids: 24 });
  await engine.create(spec);
  const channel = await engine.connect(spec.id);
  const count =
    'while (defined($p = fork)) { unless ($p) { close STDOUT; close STDERR; sleep 300; exit } last if ++$n > 500 } print $n';
  const made = Number((await inside(channel, `perl -e '${count}' 2>&1`)).output);
  assert.ok(made > 10 && made < 24, `${made} processes`);
  const bomb = makeSpec(place, image, { pids: 24 });
  await engine.create(bomb);
  await inside(await engine.connect(bomb.id), `perl -e 'fork while 1' > /dev/null 2>&1 & exit 0`);
  assert.ok(groupValue(bomb.id, 'pids.current') <= 24);
  await engine.destroy(bomb.id);
  await engine.destroy(spec.id);
  assert.deepEqual(leftBehind(place), []);
  await engine.close();
});

test('a process that takes too much memory is ended, and only it', options, async () => {
  const engine = await openEngine(place);
  const spec = makeSpec(place, image, { memoryMb: 48 });
  await engine.create(spec);
  const channel = await engine.connect(spec.id);
  const hog = await inside(channel, `perl -e '$x = "x" x (256 << 20); print length $x'`);
  assert.notEqual(hog.status, 0);
  assert.doesNotMatch(hog.output, /268435456/);
  // The kernel's log has said the name of the group.
  const group = cgroupOf(machinePaths(place.runDir, spec.id))!;
  assert.match(group, new RegExp(`^/lethe-${place.instance}-[0-9a-f]{32}$`));
  assert.ok(!group.includes(spec.id));
  const { process: first } = readRecord(machinePaths(place.runDir, spec.id))!;
  assert.ok(!readFileSync(`/proc/${first!.pid}/cgroup`, 'utf8').includes(spec.id));
  assert.equal((await inside(channel, 'echo alive')).output, 'alive\n');
  const modest = await inside(channel, `perl -e '$x = "x" x (8 << 20); print length $x'`);
  assert.equal(modest.output, '8388608');
  const most = groupValue(spec.id, 'memory.memsw.max_usage_in_bytes', 'memory.max_usage_in_bytes', 'memory.peak');
  assert.ok(most <= 48 * 1024 * 1024, `${most} bytes`);
  await engine.destroy(spec.id);
  assert.deepEqual(leftBehind(place), []);
  await engine.close();
});

test('files in memory count too', options, async () => {
  const engine = await openEngine(place);
  const spec = makeSpec(place, image, { memoryMb: 24 });
  await engine.create(spec);
  const channel = await engine.connect(spec.id);
  // Two full tmpfs are 32 MiB: more than this server may have altogether. The kernel may end its every process over it,
  // which ends the channel.
  await inside(channel, 'cat /dev/zero > /run/a; cat /dev/zero > /tmp/a; true').catch(() => null);
  const most = groupValue(spec.id, 'memory.max_usage_in_bytes', 'memory.peak');
  assert.ok(most <= 24 * 1024 * 1024, `${most} bytes`);
  assert.ok(most >= 16 * 1024 * 1024, `${most} bytes: the files were not counted`);
  await engine.destroy(spec.id);
  assert.deepEqual(leftBehind(place), []);
  await engine.close();
});
