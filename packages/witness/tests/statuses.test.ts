/** Each answer of `add-checkpoint` and of the monitoring prefix (C2SP tlog-witness v1.0.0). */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, type TestContext, test } from 'node:test';
import { utf8 } from '@lethe/core';
import {
  cosignatureTime,
  EMPTY_ROOT,
  formatSignatureLine,
  formatVkey,
  parseNote,
  parsePolicy,
  readyPolicy,
  verifyCheckpoint,
} from '@lethe/tlog';
import { formatRequest } from '../src/request.ts';
import type { RunningWitness } from '../src/start.ts';
import { logId } from '../src/state.ts';
import { newSigner, TestLog } from './support/test-log.ts';
import { assertCosigned, getCheckpoint, NAME, post, start, tempDir } from './support/witnesses.ts';

const NOW = 1_790_000_000;

let log: TestLog;
before(async () => {
  log = await TestLog.create('log.example', 20);
});

/** A witness that has cosigned the first `size` entries. */
async function witnessAt(t: TestContext, size: number): Promise<RunningWitness> {
  const witness = await start(t, tempDir(t), [log], { clock: { now: () => NOW * 1000 + 999 } });
  if (size > 0) assert.equal((await post(witness.url, await log.body(0, size))).status, 200);
  return witness;
}

const lines = (bytes: Uint8Array): string[] => Buffer.from(bytes).toString('utf8').split('\n');

describe('200', () => {
  test('a first checkpoint, its continuation, and its repetition are cosigned with the time in seconds', async (t) => {
    const { url, vkey } = await witnessAt(t, 0);
    for (const [old, size] of [
      [0, 1],
      [1, 2],
      [2, 7],
      [7, 8],
      [8, 20],
      [20, 20],
    ] as const) {
      const answer = await post(url, await log.body(old, size));
      assert.equal(answer.status, 200, `${old} to ${size}`);
      assert.match(answer.text, /^— witness\.example [A-Za-z0-9+/=]+\n$/);
      const { text } = parseNote(await log.checkpoint(size));
      assert.equal(cosignatureTime(await assertCosigned(text, answer.text, vkey)), NOW);
    }
  });

  test('a checkpoint of the empty log, and the first entry behind it', async (t) => {
    const { url } = await witnessAt(t, 0);
    assert.equal((await post(url, await log.body(0, 0))).status, 200);
    assert.equal((await post(url, await log.body(0, 0))).status, 200);
    assert.equal((await post(url, await log.body(0, 3))).status, 200);
    assert.deepEqual(await post(url, await log.body(0, 3)), { status: 409, type: 'text/x.tlog.size', text: '3\n' });
  });

  test('signatures by keys that are not trusted are ignored, and not served', async (t) => {
    const { url } = await witnessAt(t, 0);
    const stranger = { key: (await newSigner('log.example')).key, signature: new Uint8Array(64) };
    const line = formatSignatureLine({ name: stranger.key.name, id: stranger.key.id, signature: stranger.signature });
    const body = formatRequest({
      old: 0,
      proof: [],
      checkpoint: utf8(`${lines(await log.checkpoint()).join('\n')}${line}\n`),
    });
    assert.equal((await post(url, body)).status, 200);
    assert.ok(!(await getCheckpoint(url, 'log.example')).text.includes(line));
  });

  test('either key of a log that changes its key will do, and both', async (t) => {
    const next = await newSigner('log.example');
    const both = new TestLog(log.signer, log.leaves);
    let now = NOW;
    const clock = {
      now: () => {
        now += 1;
        return now * 1000;
      },
    };
    const witness = await start(t, tempDir(t), [log, new TestLog(next)], { clock });
    assert.equal((await post(witness.url, await log.body(0, 3))).status, 200);
    const signedByNext = await log.checkpoint(3, { signer: next });
    assert.equal((await post(witness.url, formatRequest({ old: 3, proof: [], checkpoint: signedByNext }))).status, 200);
    const line = lines(signedByNext).at(-2)!;
    const checkpoint = utf8(`${lines(await both.checkpoint(3)).join('\n')}${line}\n`);
    assert.equal((await post(witness.url, formatRequest({ old: 3, proof: [], checkpoint }))).status, 200);
    const served = parseNote(utf8((await getCheckpoint(witness.url, 'log.example')).text));
    assert.equal(served.signatures.length, 3);
  });
});

describe('400', () => {
  test('a body in another form', async (t) => {
    const { url } = await witnessAt(t, 7);
    const good = lines(await log.body(7, 8));
    const [old, first, ...rest] = good as [string, string, ...string[]];
    const bodies: Record<string, string> = {
      nothing: '',
      'only new lines': '\n\n',
      'no empty line': good.filter((line) => line !== '').join('\n'),
      'no old size': good.slice(1).join('\n'),
      'no last new line': good.join('\n').slice(0, -1),
      'another word': ['new 7', first, ...rest].join('\n'),
      'two spaces': ['old  7', first, ...rest].join('\n'),
      'a leading zero': ['old 07', first, ...rest].join('\n'),
      'a sign': ['old +7', first, ...rest].join('\n'),
      'beyond 2^53': ['old 9007199254740993', first, ...rest].join('\n'),
      'carriage returns': good.join('\r\n'),
      'a hash of 31 bytes': [old, Buffer.alloc(31).toString('base64'), ...rest].join('\n'),
      'a hash of 33 bytes': [old, Buffer.alloc(33).toString('base64'), ...rest].join('\n'),
      'base64 that is not canonical': [old, first.replace(/.=$/, '_='), ...rest].join('\n'),
      'a space behind a hash': [old, `${first} `, ...rest].join('\n'),
      'no signature': `${good.slice(0, -2).join('\n')}\n`,
      'a checkpoint without root': good
        .filter((line) => line !== Buffer.from(log.root(8)).toString('base64'))
        .join('\n'),
    };
    for (const [what, body] of Object.entries(bodies)) assert.equal((await post(url, body)).status, 400, what);
    assert.equal((await post(url, good.join('\n'))).status, 200, 'the body they were made from');
  });

  test('63 lines of a proof are read, 64 are not', async (t) => {
    const { url } = await witnessAt(t, 7);
    const checkpoint = await log.checkpoint(8);
    const proof = Array.from({ length: 64 }, () => new Uint8Array(32));
    assert.equal((await post(url, formatRequest({ old: 7, proof: proof.slice(1), checkpoint }))).status, 422);
    assert.equal((await post(url, formatRequest({ old: 7, proof, checkpoint }))).status, 400);
  });

  test('an old size behind the checkpoint', async (t) => {
    const { url } = await witnessAt(t, 7);
    assert.equal(
      (await post(url, formatRequest({ old: 7, proof: [], checkpoint: await log.checkpoint(6) }))).status,
      400,
    );
    assert.equal(
      (await post(url, formatRequest({ old: 9, proof: [], checkpoint: await log.checkpoint(8) }))).status,
      400,
    );
  });

  test('a checkpoint that could not be read again with the cosignature', async (t) => {
    const dir = tempDir(t);
    const witness = await start(t, dir, [log]);
    const room = 65_536 - (await log.checkpoint(3)).length;
    const checkpoint = await log.checkpoint(3, { extensions: ['x'.repeat(room - 1)] });
    assert.equal(checkpoint.length, 65_536);
    assert.equal((await post(witness.url, formatRequest({ old: 0, proof: [], checkpoint }))).status, 400);
    const fits = await log.checkpoint(3, { extensions: ['x'.repeat(room - 1 - 150)] });
    assert.equal((await post(witness.url, formatRequest({ old: 0, proof: [], checkpoint: fits }))).status, 200);
    await witness[Symbol.asyncDispose]();
    await start(t, dir, [log]);
  });
});

describe('403', () => {
  test('no signature by the log, a bad one, and a bad one beside a good one', async (t) => {
    const { url } = await witnessAt(t, 0);
    const stranger = await log.checkpoint(3, { signer: await newSigner('log.example') });
    const other = await log.checkpoint(4);
    const swapped = utf8(`${parseNote(await log.checkpoint(3)).text}\n${lines(other).at(-2)}\n`);
    const beside = utf8(`${lines(await log.checkpoint(3)).join('\n')}${lines(other).at(-2)}\n`);
    for (const checkpoint of [stranger, swapped, beside])
      assert.equal((await post(url, formatRequest({ old: 0, proof: [], checkpoint }))).status, 403);
  });

  test("the right key under another log's name", async (t) => {
    const second = await TestLog.create('second.example', 3);
    const { url } = await start(t, tempDir(t), [log, second]);
    const crossed = await second.checkpoint(3, { signer: log.signer });
    assert.equal((await post(url, formatRequest({ old: 0, proof: [], checkpoint: crossed }))).status, 403);
  });
});

test('404: a log that is not known', async (t) => {
  const { url } = await witnessAt(t, 3);
  const other = await TestLog.create('other.example', 5);
  assert.equal((await post(url, await other.body(0, 5))).status, 404);
  assert.equal((await getCheckpoint(url, 'other.example')).status, 404);
});

test('405: another method', async (t) => {
  const { url } = await witnessAt(t, 0);
  const got = await fetch(`${url}/add-checkpoint`);
  assert.equal(got.status, 405);
  assert.equal(got.headers.get('allow'), 'POST');
  assert.equal((await fetch(`${url}/${logId('log.example')}/checkpoint`, { method: 'DELETE' })).status, 405);
});

test('409: another old size than the last, with the last', async (t) => {
  const { url } = await witnessAt(t, 7);
  for (const [old, size] of [
    [0, 8],
    [0, 3],
    [3, 7],
    [3, 8],
    [8, 9],
  ] as const)
    assert.deepEqual(await post(url, await log.body(old, size)), {
      status: 409,
      type: 'text/x.tlog.size',
      text: '7\n',
    });
  const fresh = await witnessAt(t, 0);
  assert.deepEqual(await post(fresh.url, await log.body(3, 8)), { status: 409, type: 'text/x.tlog.size', text: '0\n' });
});

describe('422', () => {
  test('a proof that does not show a continuation', async (t) => {
    const { url } = await witnessAt(t, 7);
    const fork = log.fork(6).grow(10, 'fork');
    const { proof } = await log.question(7, 12);
    const checkpoint = await log.checkpoint(12);
    assert.equal((await post(url, await fork.body(7, 12))).status, 422, 'another history with its own proof');
    assert.equal((await post(url, formatRequest({ old: 7, proof: [], checkpoint }))).status, 422, 'no proof');
    assert.equal(
      (await post(url, formatRequest({ old: 7, proof: proof.slice(1), checkpoint }))).status,
      422,
      'too short',
    );
    assert.equal(
      (await post(url, formatRequest({ old: 7, proof: [...proof, proof[0]!], checkpoint }))).status,
      422,
      'too long',
    );
    assert.equal(
      (await post(url, formatRequest({ old: 7, proof: proof.toReversed(), checkpoint }))).status,
      422,
      'in disorder',
    );
    assert.equal((await post(url, formatRequest({ old: 7, proof, checkpoint }))).status, 200, 'the right one');
  });

  test('the same size with another root, and with a proof', async (t) => {
    const { url } = await witnessAt(t, 7);
    assert.equal((await post(url, await log.fork(6).grow(1, 'fork').body(7, 7))).status, 422);
    const checkpoint = await log.checkpoint(7);
    assert.equal((await post(url, formatRequest({ old: 7, proof: [log.root(7)], checkpoint }))).status, 422);
  });

  test('a proof from the empty log', async (t) => {
    const { url } = await witnessAt(t, 0);
    const checkpoint = await log.checkpoint(7);
    assert.equal((await post(url, formatRequest({ old: 0, proof: [log.root(7)], checkpoint }))).status, 422);
  });

  test('an empty log with another root than SHA-256 of nothing', async (t) => {
    const { url } = await witnessAt(t, 0);
    const checkpoint = await log.checkpoint(0, { root: log.root(1) });
    assert.equal((await post(url, formatRequest({ old: 0, proof: [], checkpoint }))).status, 422);
    const empty = await log.checkpoint(0, { root: EMPTY_ROOT });
    assert.equal((await post(url, formatRequest({ old: 0, proof: [], checkpoint: empty }))).status, 200);
  });
});

test('503: a clock that shows an earlier time than the last cosignature, until it is right again', async (t) => {
  const dir = tempDir(t);
  let now = NOW;
  const troubles: string[] = [];
  const options = { clock: { now: () => now * 1000 }, onTrouble: (trouble: string) => void troubles.push(trouble) };
  const first = await start(t, dir, [log], options);
  assert.equal((await post(first.url, await log.body(0, 3))).status, 200);
  now -= 1;
  assert.equal((await post(first.url, await log.body(3, 7))).status, 503);
  assert.deepEqual(troubles, ['clock']);
  await first[Symbol.asyncDispose]();
  const second = await start(t, dir, [log], options);
  assert.equal((await post(second.url, await log.body(3, 7))).status, 503, 'after a restart');
  now += 1;
  assert.equal((await post(second.url, await log.body(3, 7))).status, 200);
});

describe('the monitoring prefix', () => {
  test('serves what was signed last, which a policy accepts, and which is the file', async (t) => {
    const dir = tempDir(t);
    const { url, vkey } = await start(t, dir, [log]);
    assert.equal((await getCheckpoint(url, 'log.example')).status, 404);
    const policy = await readyPolicy(parsePolicy(utf8(`log ${formatVkey(log.key)}\nwitness w ${vkey}\nquorum w\n`)));
    for (const [old, size] of [
      [0, 3],
      [3, 11],
    ] as const) {
      const { text: line } = await post(url, await log.body(old, size));
      const got = await getCheckpoint(url, 'log.example');
      assert.equal(got.type, 'text/plain; charset=utf-8');
      assert.ok(got.text.endsWith(line));
      assert.equal((await verifyCheckpoint(utf8(got.text), policy)).size, size);
      assert.equal(readFileSync(join(dir, `${logId('log.example')}.checkpoint`), 'utf8'), got.text);
    }
    const head = await fetch(`${url}/${logId('log.example')}/checkpoint`, { method: 'HEAD' });
    assert.equal(head.status, 200);
    assert.equal(await head.text(), '');
    assert.deepEqual(readdirSync(dir).toSorted(), [`${logId('log.example')}.checkpoint`, 'key', 'lock'].toSorted());
    assert.ok(vkey.startsWith(`${NAME}+`));
  });

  test('there is nothing anywhere else', async (t) => {
    const { url } = await witnessAt(t, 3);
    const id = logId('log.example');
    for (const path of [
      '',
      'key',
      'lock',
      `${id}.checkpoint`,
      `${id}/key`,
      `${id.toUpperCase()}/checkpoint`,
      `${id}/checkpoint?x=1`,
      'add-checkpoint/',
    ])
      assert.equal((await fetch(`${url}/${path}`)).status, 404, path);
  });
});
