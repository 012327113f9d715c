/** Samples of a real target find what works with traffic among what does not; answers of a hostile one are read or left out, never trusted. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { Session } from '../target/session.ts';
import { parseTarget } from '../target/target.ts';
import { inStep } from './in-step.ts';
import { onOffPattern } from './pattern.ts';
import { readSamples, sampleQuestion } from './sample.ts';
import { seeded } from './seeded.ts';

const HEAD = 't 1.000 2.000 3.500\nf 1.100 2.100 3.600\n';

test('an answer is read: what moved when, of whom, in what', () => {
  const text = `${HEAD}p 7 a (b) c\nc io.wchar 7 1:5 2:90 =\nc rss 7 2:-3 =\nc file.pos 7 2:8 =/var/log/a = b\nc disk.written - 1:16 =vda\ng 4\n`;
  const { series, incomplete, taken } = readSamples(text);
  const [times, fileTimes] = [
    [1, 2, 3.5],
    [1.1, 2.1, 3.6],
  ];
  assert.deepEqual(series, [
    { kind: 'io.wchar', pid: 7, name: 'a (b) c', object: '', values: [5, 90], times },
    { kind: 'rss', pid: 7, name: 'a (b) c', object: '', values: [0, -3], times },
    { kind: 'file.pos', pid: 7, name: 'a (b) c', object: '/var/log/a = b', values: [0, 8], times: fileTimes },
    { kind: 'disk.written', pid: null, name: 'vda', object: 'vda', values: [16, 0], times },
  ]);
  assert.deepEqual([incomplete, taken], [4, 3]);
});

test('lines that cannot be true are left out and counted', () => {
  const broken = [
    'c io.wchar 7 3:5 =',
    'c io.wchar 7 0:5 =',
    'c io.wchar 7 1:-5 =',
    'c io.wchar 7 1:5e9 =',
    `c io.wchar 7 1:${'9'.repeat(400)} =`,
    'c io.wchar 7  =',
    'c io.wchar 7 1:5',
    'c io.wchar - 1:5 =',
    'c io.wchar -7 1:5 =',
    'c disk.written 7 1:5 =vda',
    'c __proto__ 7 1:5 =',
    'c ',
  ];
  const { series, incomplete } = readSamples(`${HEAD}${broken.join('\n')}\nc cpu 8 1:1 =\n`);
  assert.deepEqual(
    series.map(({ kind, pid, name }) => [kind, pid, name]),
    [['cpu', 8, '']],
  );
  assert.equal(incomplete, broken.length);
});

test('times that do not go on make no samples', () => {
  for (const head of [
    't 1 2 2\nf 1 2 3\n',
    't 1 2 3\nf 1 2\n',
    't 1 2 -3\nf 1 2 3\n',
    't 1 2 NaN\nf 1 2 3\n',
    't 1\nf 1\n',
    '',
  ]) {
    assert.deepEqual(readSamples(`${head}c cpu 8 1:1 =\n`), { series: [], incomplete: 0, taken: 0 }, head);
  }
});

test('whatever a target answers, reading it does not throw and gives finite numbers', () => {
  const word = fc.oneof(
    fc.constantFrom(
      'c',
      'p',
      'g',
      't',
      'f',
      'cpu',
      'io.wchar',
      'rss',
      '-',
      '=',
      '=/a',
      '1:5',
      '2:-5',
      '7',
      '1e400',
      '-0',
      '\0',
    ),
    fc.string({ maxLength: 8 }),
    fc.bigInt().map(String),
  );
  const line = fc.array(word, { maxLength: 8 }).map((words) => words.join(' '));
  const answers = fc.tuple(fc.boolean(), fc.array(line, { maxLength: 20 }));
  fc.assert(
    fc.property(answers, ([head, lines]) => {
      const { series, incomplete, taken } = readSamples((head ? HEAD : '') + lines.join('\n'));
      assert.ok(Number.isSafeInteger(incomplete) && incomplete >= 0 && taken >= 0);
      for (const { values, times } of series) {
        assert.ok(values.every(Number.isFinite) && times.length === values.length + 1);
      }
    }),
    { numRuns: 2000 },
  );
});

test('numbers of samples that cannot be are refused', () => {
  for (const count of [1, 2001, 2.5, Number.NaN]) assert.throws(() => sampleQuestion(count, 500), RangeError);
  for (const period of [50, 1e6, Number.NaN]) assert.throws(() => sampleQuestion(10, period), RangeError);
});

/** Takes packets from its standard input, keeps them encrypted in memory, and appends what it has to a file now and then. */
const RECORDER = `
const { createCipheriv, randomBytes } = require('node:crypto');
const file = require('node:fs').openSync(process.argv[1], 'a');
const cipher = createCipheriv('aes-128-ctr', randomBytes(16), randomBytes(16));
let kept = [];
process.stdin.on('data', (packet) => kept.push(cipher.update(packet)));
process.stdin.on('end', () => process.exit());
setInterval(() => { if (kept.length > 0) require('node:fs').writeSync(file, Buffer.concat(kept)); kept = []; }, 150);
`;
/** A process and all that it started, directly or not. */
function startedBy(pid: number): Set<number> {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // It ended meanwhile.
    }
  }
  const found = new Set([pid]);
  for (const one of found) for (const [child, parent] of parents) if (parent === one) found.add(child);
  return found;
}

const uptime = (): number => Number(readFileSync('/proc/uptime', 'latin1').split(' ')[0]);

test('a recorder that encrypts and batches is found by a secret pattern; what idles or works evenly is not', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lethe-in-step-'));
  const children: ChildProcess[] = [];
  const start = (command: string, ...args: string[]): ChildProcess => {
    const child = spawn(command, args, { stdio: ['pipe', 'ignore', 'ignore'] });
    children.push(child);
    return child;
  };
  try {
    const kept = join(folder, 'kept here');
    const recorder = start(process.execPath, '-e', RECORDER, kept);
    const idle = start('sh', '-c', 'exec 3>>"$0"; exec sleep 300', join(folder, 'idle'));
    const poller = start(
      process.execPath,
      '-e',
      `const file = require('node:fs').openSync(process.argv[1], 'a'); setInterval(() => require('node:fs').writeSync(file, 'x'.repeat(100)), 40)`,
      join(folder, 'poller'),
    );
    const symbolSeconds = 0.4;
    const symbols = onOffPattern(32, seeded(3));
    await using session = new Session(parseTarget('local'), { timeoutMs: 120_000 });
    const shell = Number((await session.ask([{ id: 'shell', shell: 'echo $$', maxBytes: 64 }])).get('shell')!.text);
    await sleep(500);
    const asked = session.ask([sampleQuestion(90, 200)]);
    await sleep(2500);
    const began = uptime();
    for (let at = uptime(); at < began + symbols.length * symbolSeconds; at = uptime()) {
      if (symbols[Math.floor((at - began) / symbolSeconds)]) recorder.stdin!.write(Buffer.alloc(1200));
      await sleep(20);
    }
    const own = startedBy(shell);
    const answer = (await asked).get('samples')!;
    assert.deepEqual([answer.status, answer.code], ['answered', 0]);
    const { series, taken } = readSamples(answer.text);
    assert.equal(taken, 90);
    const { significant, lags } = inStep({ symbols, start: began, symbolSeconds }, series, { falsePositiveRate: 0.01 });
    assert.ok(lags.length > 0);
    const found = significant.filter(({ series: { pid } }) => pid === recorder.pid);
    const kinds = found.filter(({ r }) => r > 0).map(({ series: { kind } }) => kind);
    for (const kind of ['io.wchar', 'file.pos', 'file.size']) assert.ok((kinds as string[]).includes(kind), kind);
    assert.ok(found.some(({ series: { kind, object } }) => kind === 'file.size' && object === kept));
    assert.deepEqual(
      significant.filter(({ series: { pid } }) => pid === idle.pid || pid === poller.pid),
      [],
    );
    assert.ok(series.some(({ pid, kind }) => pid === poller.pid && kind === 'file.pos'));
    // Neither the shell that asks nor what it starts is part of the answer.
    assert.ok(own.size >= 3);
    assert.deepEqual(
      series.filter(({ pid }) => own.has(pid!)),
      [],
    );
  } finally {
    for (const child of children) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
});
