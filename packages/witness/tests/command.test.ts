/** `lethe witness` as a process: what it prints, what it writes, and what it does with bad input. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { formatVkey, parseVkey } from '@lethe/tlog';
import { logId } from '../src/state.ts';
import { TestLog } from './support/test-log.ts';
import { getCheckpoint, NAME, post, tempDir } from './support/witnesses.ts';

const MAIN = fileURLToPath(new URL('../../cli/src/main.ts', import.meta.url));
const log = await TestLog.create('log.example', 9);
const VKEY = formatVkey(log.key);

interface Running {
  child: ChildProcess;
  out(): string;
  err(): string;
  exit: Promise<number | null>;
}

function lethe(t: TestContext, ...args: string[]): Running {
  const child = spawn(process.execPath, [MAIN, 'witness', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const exit = once(child, 'close').then(([code]) => code as number | null);
  return { child, out: () => out, err: () => err, exit };
}

/** Runs to the end. */
async function run(t: TestContext, ...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const running = lethe(t, ...args);
  const code = await running.exit;
  return { code, out: running.out(), err: running.err() };
}

const until = async (running: Running, pattern: RegExp): Promise<void> => {
  while (!pattern.test(running.out())) {
    const ended = await Promise.race([
      once(running.child.stdout!, 'data').then(() => false),
      running.exit.then(() => true),
    ]);
    assert.ok(!ended, `it ended: ${running.err()}`);
  }
};

test('the key is made once; the witness has it, says one line, signs, and ends with Ctrl-C without a trace of who asked', async (t) => {
  const dir = join(tempDir(t), 'witness');
  const own = ['--data', dir, '--name', NAME];
  const made = await run(t, 'key', ...own);
  assert.equal(made.code, 0, made.err);
  const vkey = made.out.trimEnd();
  assert.equal(parseVkey(vkey).type, 4);
  assert.deepEqual(JSON.parse((await run(t, 'key', ...own, '--json')).out), { vkey });

  const witness = lethe(t, ...own, '--log', VKEY, '--listen', '127.0.0.1:0', '--json');
  await until(witness, /\n/);
  const ready = JSON.parse(witness.out()) as { url: string };
  assert.deepEqual(ready, { ready: true, url: ready.url, vkey, logs: ['log.example'] });
  assert.equal((await run(t, 'key', ...own)).out.trimEnd(), vkey, 'the key is shown while it runs');
  const second = await run(t, ...own, '--log', VKEY, '--listen', '127.0.0.1:0');
  assert.match(second.err, /^lethe: A witness already runs on this directory\. Nothing was changed\./);

  const agent = 'someone-who-asks/1.0';
  await fetch(`${ready.url}/${agent}`, { headers: { 'user-agent': agent } });
  assert.equal((await post(ready.url, 'nonsense')).status, 400);
  assert.equal((await post(ready.url, await log.body(0, 5))).status, 200);
  assert.equal((await getCheckpoint(ready.url, 'log.example')).status, 200);
  const line = witness.out();
  witness.child.kill('SIGINT');
  assert.equal(await witness.exit, 0);
  assert.equal(witness.out(), line, 'more than the ready line');
  assert.equal(witness.err(), '');
  assert.deepEqual(readdirSync(dir).toSorted(), [`${logId('log.example')}.checkpoint`, 'key', 'lock'].toSorted());
  for (const file of readdirSync(dir))
    assert.doesNotMatch(readFileSync(join(dir, file), 'latin1'), /127\.0\.0\.1|someone/);
});

test('for people it prints key, address and logs; logs can come from a policy', async (t) => {
  const dir = tempDir(t);
  const policy = join(dir, 'policy');
  const other = await TestLog.create('other.example');
  writeFileSync(policy, `log ${formatVkey(other.key)} https://other.example/\nquorum none\n`);
  const witness = lethe(
    t,
    '--data',
    join(dir, 'w'),
    '--name',
    NAME,
    '--log',
    VKEY,
    '--policy',
    policy,
    '--listen',
    '[::1]:0',
  );
  await until(witness, /Ctrl-C/);
  assert.match(
    witness.out(),
    /key +witness\.example\+[0-9a-f]{8}\+B\S{43,}\naddress +http:\/\/\[::1\]:\d+\nlog +log\.example\nlog +other\.example\n/,
  );
  witness.child.kill('SIGTERM');
  assert.equal(await witness.exit, 0);
});

describe('bad input is one line and changes nothing', () => {
  test('values that cannot be right', async (t) => {
    const dir = tempDir(t);
    const data = join(dir, 'w');
    writeFileSync(join(dir, 'policy'), 'witness w\n');
    const good = ['--data', data, '--name', NAME, '--log', VKEY, '--listen', '127.0.0.1:0'];
    const set = (option: string, value: string): string[] => good.with(good.indexOf(option) + 1, value);
    const cosigner = VKEY.replace(/\+[0-9a-f]{8}\+/, '+00000000+');
    for (const [args, message] of [
      [set('--log', 'nonsense'), /The value of --log is not the key of a log\./],
      [set('--log', cosigner), /The id of a key does not fit/],
      [set('--name', 'two words'), /The name of a witness is/],
      [set('--listen', 'somewhere'), /--listen takes an address and a port/],
      [set('--listen', '192.0.2.1:8641'), /cannot listen on that address/],
      [set('--data', join(dir, 'policy')), /data directory of the witness cannot be made or read/],
      [[...good, '--policy', join(dir, 'none')], /--policy cannot be read/],
      [[...good, '--policy', join(dir, 'policy')], /Line 1 of the policy/],
      [good.toSpliced(4, 2), /needs the key of at least one log/],
    ] as const) {
      const ran = await run(t, ...args);
      assert.equal(ran.code, 2, args.join(' '));
      assert.match(ran.err, message);
      assert.equal(ran.err.trimEnd().split('\n').length, 1);
      assert.equal(ran.out, '');
      assert.ok(!existsSync(data), `${args.join(' ')} made the directory`);
    }
  });

  test('a port that is taken', async (t) => {
    const data = join(tempDir(t), 'w');
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    t.after(() => taken.close());
    const { port } = taken.address() as AddressInfo;
    const ran = await run(t, '--data', data, '--name', NAME, '--log', VKEY, '--listen', `127.0.0.1:${port}`, '--json');
    assert.equal(ran.code, 1);
    assert.equal(JSON.parse(ran.out).error.code, 'port_in_use');
    assert.ok(!existsSync(data));
  });

  test('a directory with a checkpoint that is damaged', async (t) => {
    const data = tempDir(t);
    await run(t, 'key', '--data', data, '--name', NAME);
    mkdirSync(join(data, 'kept'));
    writeFileSync(join(data, `${logId('log.example')}.checkpoint`), 'nonsense');
    const ran = await run(t, '--data', data, '--name', NAME, '--log', VKEY, '--listen', '127.0.0.1:0');
    assert.equal(ran.code, 1);
    assert.match(ran.err, /\.checkpoint is damaged.*nothing is signed.*begin a new one/);
  });
});
