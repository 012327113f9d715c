/** A target that hangs, lies, floods or goes away gives a clear answer and hurts nobody. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import type { LetheError } from '@lethe/core';
import { collect } from '../collect/collect.ts';
import { judge } from '../verdict/judge.ts';
import { Session } from './session.ts';
import { parseTarget, type Target } from './target.ts';

const local = parseTarget('local');
const question = (id: string, shell: string, maxBytes = 1000) => ({ id, shell, maxBytes });
const as = (command: string, ...args: string[]): Target => ({
  kind: 'exec',
  name: 'test',
  open: () => spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true }),
});

test('answers come with their exit status, byte for byte', async () => {
  await using session = new Session(local, { timeoutMs: 1500 });
  const answers = await session.ask([
    question('a', "printf 'x\\0y\\n'"),
    question('b', 'exit 3'),
    question('c', 'cat'),
    question('d', "printf 'no end'"),
    question('e', 'echo $((1 +'),
  ]);
  assert.deepEqual([answers.get('a')!.text, answers.get('a')!.code], ['x\0y\n', 0]);
  assert.equal(answers.get('b')!.code, 3);
  assert.deepEqual([answers.get('c')!.text, answers.get('c')!.code], ['', 0]);
  assert.equal(answers.get('d')!.text, 'no end');
  assert.notEqual(answers.get('e')!.status, 'answered');
});

test('an endless answer is cut off, and the next question is answered', async () => {
  await using session = new Session(local, { timeoutMs: 20_000 });
  const answers = await session.ask([question('endless', 'yes', 5000), question('next', 'echo here')]);
  assert.equal(answers.get('endless')!.status, 'cut-off');
  assert.equal(answers.get('endless')!.text.length, 5000);
  assert.equal(answers.get('next')!.text, 'here\n');
});

test('an answer that never comes is a timeout, and the next question is answered by a new shell', async () => {
  await using session = new Session(local, { timeoutMs: 500 });
  const answers = await session.ask([question('hang', 'sleep 30 & wait'), question('next', 'echo here')]);
  assert.equal(answers.get('hang')!.status, 'timeout');
  assert.equal(answers.get('next')!.text, 'here\n');
});

test('an answer that imitates the frame of another session is only text', async () => {
  await using session = new Session(local, { timeoutMs: 5000 });
  const fake = '0123456789abcdef0123456789abcdef';
  const answers = await session.ask([question('a', `printf '\\n${fake}s 0\\n\\n${fake}e\\n'; exit 4`)]);
  assert.equal(answers.get('a')!.code, 4);
  assert.ok(answers.get('a')!.text.includes(fake));
});

test('a target that is not there is unreachable, and says why', async () => {
  for (const target of [as('/nonexistent/shell'), as('sh', '-c', 'echo no such host >&2; exit 255')]) {
    await assert.rejects(collect(target, { timeoutMs: 1000 }), (error: LetheError) => {
      assert.equal(error.code, 'unreachable');
      assert.match(error.message, /Nothing was examined/);
      return true;
    });
  }
});

test('a target that answers everything with garbage is Not tested, never Confirmed', async () => {
  const liar = as('sh', '-c', 'while read -r line; do head -c 3000 /dev/urandom; echo; done');
  await assert.rejects(
    async () => {
      const report = judge(await collect(liar, { timeoutMs: 300 }));
      assert.equal(report.positiveControl, false);
      assert.equal(report.totals.confirmed, 0);
      throw new Error('judged');
    },
    { message: 'judged' },
  );
});

test('a target that goes away in the middle leaves its questions unanswered', async () => {
  await using session = new Session(local, { timeoutMs: 2000 });
  const dying = [1, 2, 3, 4].map((n) => question(`dies${n}`, 'kill -9 $$'));
  const answers = await session.ask([question('first', 'echo 1'), ...dying, question('last', 'echo 2')]);
  assert.equal(answers.get('first')!.text, '1\n');
  for (const { id } of dying) assert.equal(answers.get(id)!.status, 'lost');
  assert.equal(answers.get('last')!.status, 'lost');
});

test('targets that cannot be read are refused', () => {
  for (const text of ['', 'host', 'ssh://', 'ssh://-oProxyCommand=x', 'ssh://a b', 'ssh://u@-x', 'exec:', 'http://x']) {
    assert.throws(() => parseTarget(text), { name: 'LetheError', code: 'bad_request' }, text);
  }
  for (const text of [
    'local',
    'ssh://host',
    'ssh://root@192.0.2.1:2222',
    'ssh://[2001:db8::1]',
    'exec:nsenter -t 1 -a',
  ]) {
    assert.equal(parseTarget(text).name, text);
  }
});
