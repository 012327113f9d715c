/** What a witness remembers: across restarts, at the same second, and what it does when its memory is damaged. */

import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cosignatureTime, noteKey, parseSignatureLine, SIGNATURE_TYPE } from '@lethe/tlog';
import type { WitnessOptions } from '../src/start.ts';
import { logId } from '../src/state.ts';
import { newSigner, TestLog } from './support/test-log.ts';
import { getCheckpoint, NAME, post, start, tempDir } from './support/witnesses.ts';

const log = await TestLog.create('log.example', 20);
const FILE = `${logId('log.example')}.checkpoint`;

test('a restart remembers the checkpoint and the key, and refuses what contradicts them', async (t) => {
  const dir = tempDir(t);
  const first = await start(t, dir, [log]);
  await post(first.url, await log.body(0, 7));
  const served = await getCheckpoint(first.url, 'log.example');
  await first[Symbol.asyncDispose]();

  const second = await start(t, dir, [log]);
  assert.equal(second.vkey, first.vkey);
  assert.deepEqual(await getCheckpoint(second.url, 'log.example'), served);
  assert.equal((await post(second.url, await log.body(0, 5))).status, 409);
  assert.equal((await post(second.url, await log.fork(6).grow(5, 'fork').body(7, 8))).status, 422);
  assert.equal((await post(second.url, await log.body(7, 8))).status, 200);
});

test('a checkpoint of a log that is not asked for meanwhile is kept', async (t) => {
  const dir = tempDir(t);
  const other = await TestLog.create('other.example', 3);
  const first = await start(t, dir, [log]);
  await post(first.url, await log.body(0, 7));
  await first[Symbol.asyncDispose]();
  const without = await start(t, dir, [other]);
  assert.equal((await post(without.url, await log.body(7, 8))).status, 404);
  await without[Symbol.asyncDispose]();
  const again = await start(t, dir, [log, other]);
  assert.equal((await post(again.url, await log.body(0, 5))).text, '7\n');
});

test('the same checkpoint again: within the second the same signature without a write, later a fresh one', async (t) => {
  let now = 1_790_000_000;
  let writes = 0;
  const options: Partial<WitnessOptions> = {
    clock: { now: () => now * 1000 },
    storage: (disk) => ({
      ...disk,
      rename: (from, to) => {
        if (to === FILE) writes += 1;
        return disk.rename(from, to);
      },
    }),
  };
  const { url } = await start(t, tempDir(t), [log], options);
  const first = await post(url, await log.body(0, 7));
  const repeated = await Promise.all(Array.from({ length: 20 }, async () => post(url, await log.body(7, 7))));
  for (const answer of repeated) assert.deepEqual(answer, first);
  assert.equal(writes, 1);
  now += 1;
  const fresh = await post(url, await log.body(7, 7));
  assert.equal(cosignatureTime(parseSignatureLine(fresh.text.trimEnd()).signature), now);
  assert.equal(writes, 2);
});

test('a damaged checkpoint keeps the witness from starting, and is left as it is', async (t) => {
  const dir = tempDir(t);
  const witness = await start(t, dir, [log]);
  await post(witness.url, await log.body(0, 7));
  await witness[Symbol.asyncDispose]();
  const whole = readFileSync(join(dir, FILE));
  const flipped = (at: number): Buffer => {
    const bytes = Buffer.from(whole);
    bytes[at]! ^= 1;
    return bytes;
  };
  const size = whole.indexOf('\n7\n') + 1;
  const broken = [
    flipped(0),
    flipped(size),
    flipped(size + 4),
    flipped(whole.length - 20),
    whole.subarray(0, 40),
    Buffer.alloc(0),
  ];
  for (const bytes of broken) {
    writeFileSync(join(dir, FILE), bytes);
    await assert.rejects(start(t, dir, [log]), { code: 'log_broken' });
    assert.deepEqual(readFileSync(join(dir, FILE)), bytes);
  }
  writeFileSync(join(dir, FILE), whole);
  await start(t, dir, [log]);
});

test("another log's checkpoint, another witness's, and one without its key are refused", async (t) => {
  const [dir, other] = [tempDir(t), tempDir(t)];
  for (const one of [dir, other]) {
    const witness = await start(t, one, [log]);
    await post(witness.url, await log.body(0, 7));
    await witness[Symbol.asyncDispose]();
  }
  const moved = `${logId('other.example')}.checkpoint`;
  copyFileSync(join(dir, FILE), join(dir, moved));
  await assert.rejects(start(t, dir, [log]), { code: 'log_broken' });
  rmSync(join(dir, moved));

  renameSync(join(dir, 'key'), join(dir, 'kept'));
  await assert.rejects(start(t, dir, [log]), { code: 'bad_request' });
  assert.ok(!readdirSync(dir).includes('key'), 'a key was made');
  copyFileSync(join(other, 'key'), join(dir, 'key'));
  await assert.rejects(start(t, dir, [log]), { code: 'log_broken' });
  renameSync(join(dir, 'kept'), join(dir, 'key'));
  await start(t, dir, [log]);
});

test('a damaged key, and a key under another name, are refused and left as they are', async (t) => {
  const dir = tempDir(t);
  await (await start(t, dir, [log]))[Symbol.asyncDispose]();
  const file = join(dir, 'key');
  const whole = readFileSync(file, 'utf8');
  const id = whole.split('+')[3]!;
  const broken = [
    '',
    'x',
    whole.trimEnd(),
    whole.replace(NAME, 'witness.example.org'),
    whole.replace(id, id === '00000000' ? '11111111' : '00000000'),
    whole.replace('+B', '+A'),
    whole.replace(/\+[^+]*\n$/, '+BA==\n'),
  ];
  for (const bytes of broken) {
    writeFileSync(file, bytes);
    await assert.rejects(start(t, dir, [log]), { code: 'bad_request', message: /damaged/ });
    assert.equal(readFileSync(file, 'utf8'), bytes);
  }
  writeFileSync(file, whole);
  await assert.rejects(start(t, dir, [log], { name: 'second.example' }), {
    code: 'bad_request',
    message: /belongs to the witness/,
  });
  assert.equal(statSync(file).mode & 0o777, 0o600);
});

test('one witness at a time on a directory, and none while another ends its last write', async (t) => {
  const dir = tempDir(t);
  const [reached, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const first = await start(t, dir, [log], {
    limits: { endMs: 100 },
    storage: (disk) => ({
      ...disk,
      rename: async (from, to) => {
        if (to === FILE) {
          reached.resolve();
          await release.promise;
        }
        return disk.rename(from, to);
      },
    }),
  });
  await assert.rejects(start(t, dir, [log]), { code: 'already_running' });
  const asked = assert.rejects(
    post(first.url, await log.body(0, 7)),
    'the connection is closed before the write is done',
  );
  await reached.promise;
  const ended = first[Symbol.asyncDispose]();
  await asked;
  await assert.rejects(start(t, dir, [log]), { code: 'already_running' });
  release.resolve();
  await ended;
  const second = await start(t, dir, [log]);
  assert.equal((await post(second.url, await log.body(0, 7))).status, 409);
});

test('keys that cannot be those of a log, and none or too many, are refused before anything is made', async (t) => {
  const dir = join(tempDir(t), 'w');
  const cosigner = noteKey('log.example', SIGNATURE_TYPE.cosignatureV1, log.key.publicKey);
  const lowOrder = noteKey('log.example', SIGNATURE_TYPE.ed25519, new Uint8Array(32));
  const many = await Promise.all(Array.from({ length: 17 }, async () => (await newSigner('log.example')).key));
  for (const [logs, code] of [
    [[], 'bad_request'],
    [many, 'bad_request'],
    [[cosigner], 'bad_policy'],
    [[lowOrder], 'bad_public_key'],
  ] as const)
    await assert.rejects(start(t, dir, [], { logs }), { code });
  assert.ok(!existsSync(dir));
  await start(t, dir, [], { logs: many.slice(1) });
});
