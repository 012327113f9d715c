import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseMounts } from './files.ts';
import { judging, KernelFile } from './kernel-file.ts';
import { processesNow } from './processes.ts';

/** A process may change its own name, which then stands in /proc/self/comm. */
const COMM = '/proc/self/comm';

test('an open file of the kernel is read as it is now', () => {
  const name = readFileSync(COMM, 'utf8');
  const file = new KernelFile(COMM);
  try {
    assert.equal(file.read(), name);
    writeFileSync(COMM, 'a longer name');
    assert.equal(file.read(), 'a longer name\n');
    writeFileSync(COMM, 'short');
    assert.equal(file.read(), 'short\n');
  } finally {
    writeFileSync(COMM, name.trim());
  }
});

test('what is gone cannot be read, also if it was open', async () => {
  const child = spawn('sleep', ['60']);
  const file = new KernelFile(`/proc/${child.pid}/stat`);
  assert.match(file.read(), /\(sleep\)/);
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.throws(() => file.read());
});

test('a text longer than the buffer is read whole', () => {
  const maps = new KernelFile('/proc/self/smaps');
  const text = maps.read();
  assert.ok(text.length > 1 << 15);
  assert.match(text, /\nVmFlags:[^\n]*\n$/);
});

test('is judged again when the text has changed, and only then', () => {
  const name = readFileSync(COMM, 'utf8');
  try {
    const judged: string[] = [];
    const verdict = judging(COMM, (text) => judged.push(text));
    assert.deepEqual([verdict(), verdict(), verdict()], [1, 1, 1]);
    writeFileSync(COMM, 'other');
    assert.deepEqual([verdict(), verdict()], [2, 2]);
    assert.deepEqual(judged, [name, 'other\n']);
  } finally {
    writeFileSync(COMM, name.trim());
  }
});

test('nothing is held open', async () => {
  const child = spawn('sleep', ['60']);
  const seen = () => processesNow().find(({ pid }) => pid === child.pid)?.name;
  const isHeld = (): boolean => openFiles().includes(`/proc/${child.pid}/stat`);
  assert.deepEqual([seen(), isHeld()], ['sleep', false]);
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.deepEqual([seen(), isHeld()], [undefined, false]);
  const comm = new KernelFile(COMM);
  comm.read();
  assert.ok(!openFiles().some((path) => path.endsWith('/comm')));
});

const openFiles = (): string[] =>
  readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`);
    } catch {
      return []; // the one that lists them
    }
  });

test('mounts are the same read either way', () => {
  const file = new KernelFile('/proc/self/mountinfo');
  assert.deepEqual(parseMounts(file.read()), parseMounts(readFileSync('/proc/self/mountinfo', 'utf8')));
});
