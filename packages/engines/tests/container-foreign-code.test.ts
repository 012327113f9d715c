/** What runs in a container is held against its image from outside: another program, code of no file, a changed page of a program. */

import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type { ImageFiles } from '@lethe/core';
import { clearPlace, isRoot, makePlace, makeSpec, openEngine } from './containers.ts';
import { inside, makeSmallRoot } from './small-root.ts';

const place = makePlace();
let image: ImageFiles;

before(() => {
  image = makeSmallRoot(`${place.base}/root`);
});
after(() => clearPlace(place));

const options = { skip: isRoot ? false : 'needs root', timeout: 120_000 };

/** Runs a program in memory that has no name anywhere, as whoever leaves no file does (memfd_create is 319 on x86-64). */
const MEMFD = `perl -e 'my $n = "x"; my $fd = syscall(319, $n, 0); open my $in, "<", "/usr/bin/sleep"; open my $out, ">&=", $fd;
 local $/; my $all = <$in>; syswrite $out, $all; exec { "/proc/self/fd/$fd" } "sleep", "600"' >/dev/null 2>&1 &`;
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

  for (const [what, word] of [
    [MEMFD, '600'],
    [MAPPED, 'sleep 600'],
  ] as const) {
    await inside(channel, what);
    await inside(channel, 'sleep 1');
    assert.equal(await engine.runsOnly(spec.id, image), false, what);
    process.kill(await pidOf(engine, spec.id, word), 'SIGKILL');
    await inside(channel, 'sleep 0.2');
    assert.equal(await engine.runsOnly(spec.id, image), true);
  }

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
