/** The sequencer and its files: numbers, recovery after each durable step, splits, and what fsck sees. */

import assert from 'node:assert/strict';
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type FsckResult, fsck } from '@lethe/control/proof/log/fsck';
import { HeadDirectory } from '@lethe/control/proof/log/heads';
import { openLogKey } from '@lethe/control/proof/log/keys';
import { Log } from '@lethe/control/proof/log/log';
import { openReader } from '@lethe/control/proof/log/read';
import { LetheError, utf8 } from '@lethe/core';
import { formatVkey, leafHash, parsePolicy, proveInclusion, readyPolicy, verifyInclusion } from '@lethe/tlog';
import { entry, hooked, type LogFixture, logFixture, type Step } from './fixture.ts';

const appendMany = (log: Log, from: number, to: number): Promise<number[]> =>
  Promise.all(Array.from({ length: to - from }, (_, i) => log.append(entry(from + i))));

/** Publishes the head without witnesses, as a log of one's own would, and checks everything it serves. */
async function publishAndCheck(
  { store, files, options }: LogFixture,
  log: Log,
): Promise<FsckResult & { entries: string[] }> {
  await store.publish(log.head.note);
  const policy = await readyPolicy(parsePolicy(utf8(`log ${formatVkey(options.key)}\nquorum none\n`)));
  const entries: string[] = [];
  const result = await fsck(openReader(files), {
    policy,
    onEntry: (bytes) => entries.push(Buffer.from(bytes).toString()),
  });
  return { ...result, entries };
}

const texts = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => Buffer.from(entry(from + i)).toString());

test('entries get the numbers of their order, and every one can be proven', async () => {
  await using fixture = await logFixture();
  const log = await Log.open(fixture.options);
  assert.deepEqual(await appendMany(log, 0, 700), [...Array(700).keys()]);
  assert.equal(log.head.size, 700);
  const hashes = log.hashes(700);
  for (const index of [0, 255, 256, 511, 512, 699]) {
    const proof = await proveInclusion(hashes, index);
    verifyInclusion({ index, size: 700, leaf: leafHash(entry(index)), root: log.head.root, proof });
  }
  const checked = await publishAndCheck(fixture, log);
  assert.deepEqual(checked.entries, texts(0, 700));
});

test('a log that is opened again goes on where it was, at every size', async () => {
  await using fixture = await logFixture();
  let size = 0;
  for (const count of [1, 254, 1, 1, 255, 300]) {
    const log = await Log.open(fixture.options);
    assert.equal(log.head.size, size);
    await appendMany(log, size, size + count);
    size += count;
  }
  const checked = await publishAndCheck(fixture, await Log.open(fixture.options));
  assert.deepEqual(checked.entries, texts(0, size));
});

test('an entry that comes while a batch is written waits for the next one', async () => {
  await using fixture = await logFixture();
  const log = await Log.open(fixture.options);
  const first = log.append(entry(0));
  const later = new Promise<number>((resolve, reject) =>
    setImmediate(() => log.append(entry(1)).then(resolve, reject)),
  );
  assert.equal(await first, 0);
  const third = log.append(entry(2));
  assert.deepEqual((await Promise.all([later, third])).toSorted(), [1, 2]);
});

test('an entry that is too long is refused at once and nothing is added', async () => {
  await using fixture = await logFixture();
  const log = await Log.open(fixture.options);
  assert.throws(() => log.append(new Uint8Array(65_536)), { code: 'too_large' });
  assert.equal(await log.append(new Uint8Array(65_535)), 0);
});

/** What a caller sees when a step fails, and whether the entry is in the log afterwards. */
const FAILURES: { step: Step; when: 'before' | 'after'; acknowledged: boolean; inLog: boolean }[] = [
  { step: 'stage', when: 'before', acknowledged: false, inLog: false },
  { step: 'stage', when: 'after', acknowledged: false, inLog: false },
  { step: 'advance', when: 'before', acknowledged: false, inLog: false },
  { step: 'advance', when: 'after', acknowledged: true, inLog: true },
  { step: 'writeTiles', when: 'before', acknowledged: true, inLog: true },
  { step: 'writeTiles', when: 'after', acknowledged: true, inLog: true },
];

for (const { step, when, acknowledged, inLog } of FAILURES) {
  const what = when === 'before' ? 'fails' : 'reports failure but happened';
  test(`${step} ${what}: the entry is ${inLog ? '' : 'not '}in the log, and the log goes on`, async () => {
    await using fixture = await logFixture();
    await appendMany(await Log.open(fixture.options), 0, 300);
    let armed = false;
    const log = await Log.open(
      hooked(fixture.options, (at, moment) => {
        if (!armed || at !== step || moment !== when) return;
        armed = false;
        throw new LetheError('disk_full', 'The disk is full.');
      }),
    );
    armed = true;
    const outcome = await log.append(entry(300)).then(
      (index) => index,
      (error: LetheError) => error.code,
    );
    assert.equal(outcome, acknowledged ? 300 : 'disk_full');
    assert.equal(armed, false, 'the failure was not met');
    const next = inLog ? 301 : 300;
    assert.equal(await log.append(entry(next)), next);
    const checked = await publishAndCheck(fixture, await Log.open(fixture.options));
    assert.deepEqual(checked.entries, texts(0, next + 1));
  });
}

test('a log whose disk stays broken takes nothing more and loses nothing', async () => {
  await using fixture = await logFixture();
  let broken = false;
  const hookedOptions = hooked(fixture.options, (step) => {
    if (broken && step !== 'stage') throw new LetheError('log_broken', 'The disk is gone.');
  });
  const log = await Log.open(hookedOptions);
  await appendMany(log, 0, 10);
  broken = true;
  await assert.rejects(log.append(entry(10)), { code: 'log_broken' });
  broken = false;
  const checked = await publishAndCheck(fixture, await Log.open(fixture.options));
  assert.deepEqual(checked.entries, texts(0, 10));
});

test('files restored from a backup are refused, and nothing is signed', async () => {
  await using fixture = await logFixture();
  await appendMany(await Log.open(fixture.options), 0, 300);
  const backup = join(fixture.directory, 'backup');
  const staged = join(fixture.directory, 'staged');
  await cp(fixture.files, backup, { recursive: true });
  await cp(staged, `${staged}.backup`);
  await appendMany(await Log.open(fixture.options), 300, 310);
  const newest = await fixture.options.heads.read();
  await rm(fixture.files, { recursive: true });
  await cp(backup, fixture.files, { recursive: true });
  await cp(`${staged}.backup`, staged);
  await assert.rejects(Log.open(fixture.options), { code: 'log_split' });
  assert.deepEqual(await fixture.options.heads.read(), newest);
});

test('a log without its record of what it has signed is refused', async () => {
  await using fixture = await logFixture();
  const log = await Log.open(fixture.options);
  await appendMany(log, 0, 3);
  await fixture.store.publish(log.head.note);
  await rm(join(fixture.directory, 'heads'), { recursive: true });
  await assert.rejects(Log.open(fixture.options), { code: 'log_split' });
});

test('of two processes on one log only one signs each step', async () => {
  await using fixture = await logFixture();
  const [one, two] = [await Log.open(fixture.options), await Log.open(fixture.options)];
  assert.equal(await one.append(entry(0)), 0);
  await assert.rejects(two.append(entry(1000)), { code: 'log_split' });
  const checked = await publishAndCheck(fixture, await Log.open(fixture.options));
  assert.deepEqual(checked.entries, texts(0, 1));
});

test('the head store gives each step to one of many', async () => {
  await using fixture = await logFixture();
  const stores = Array.from({ length: 8 }, () => new HeadDirectory(join(fixture.directory, 'race')));
  for (let round = 0; round < 5; round += 1) {
    const from = await stores[0]!.read();
    const outcomes = await Promise.allSettled(stores.map((store, i) => store.advance(from, utf8(`${round} ${i}`))));
    const won = outcomes.flatMap((outcome, i) => (outcome.status === 'fulfilled' ? [`${round} ${i}`] : []));
    assert.equal(won.length, 1);
    assert.equal(Buffer.from((await stores[1]!.read())!).toString(), won[0]);
  }
  assert.ok((await readdir(join(fixture.directory, 'race'))).length <= 3);
});

test('a head store that slept through many steps does not find its old number free', async () => {
  await using fixture = await logFixture();
  const store = new HeadDirectory(join(fixture.directory, 'race'));
  await store.advance(undefined, utf8('0'));
  const stale = utf8('0');
  for (let n = 1; n < 9; n += 1) await store.advance(utf8(String(n - 1)), utf8(String(n)));
  await assert.rejects(store.advance(stale, utf8('other')), { code: 'log_split' });
  assert.equal(Buffer.from((await store.read())!).toString(), '8');
});

test('the key is made once, kept for the owner alone, and belongs to one log', async () => {
  await using fixture = await logFixture();
  const file = join(fixture.directory, 'key');
  const again = await openLogKey(file, fixture.options.key.name);
  assert.equal(formatVkey(again.key), formatVkey(fixture.options.key));
  await assert.rejects(openLogKey(file, 'other.example/log'), { code: 'bad_policy' });
  await writeFile(file, (await readFile(file, 'utf8')).slice(0, -9));
  await assert.rejects(openLogKey(file, fixture.options.key.name), LetheError);
});

test('fsck names the file in which a byte changed', async () => {
  await using fixture = await logFixture();
  const log = await Log.open(fixture.options);
  await appendMany(log, 0, 600);
  await publishAndCheck(fixture, log);
  const reader = openReader(fixture.files);
  for (const path of ['tile/0/000', 'tile/0/002.p/88', 'tile/1/000.p/2', 'tile/entries/001', 'tile/entries/002.p/88']) {
    const file = join(fixture.files, path);
    const bytes = await readFile(file);
    await writeFile(file, bytes.with(40, bytes[40]! ^ 1));
    await assert.rejects(fsck(reader), { code: 'log_broken' }, path);
    await writeFile(file, bytes);
  }
  const checkpoint = join(fixture.files, 'checkpoint');
  await writeFile(checkpoint, (await readFile(checkpoint, 'utf8')).replace('\n600\n', '\n599\n'));
  await assert.rejects(fsck(reader), LetheError);
});

test('fsck believes no checkpoint that the policy does not', async () => {
  await using fixture = await logFixture();
  const log = await Log.open(fixture.options);
  await appendMany(log, 0, 3);
  await fixture.store.publish(log.head.note);
  await using other = await logFixture();
  const policy = await readyPolicy(parsePolicy(utf8(`log ${formatVkey(other.options.key)}\nquorum none\n`)));
  await assert.rejects(fsck(openReader(fixture.files), { policy }), { code: 'unknown_log' });
});
