import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { GuestMemory } from './memory.ts';

const TMPFS_MAGIC = 0x01021994;
const MB = 1024 * 1024;
const newId = (): string => randomBytes(16).toString('hex');
const newMemory = (): GuestMemory => new GuestMemory(randomBytes(3).toString('hex'));

test('what was written is zero before the file loses its name, and holes stay holes', async () => {
  const memory = newMemory();
  const id = newId();
  memory.make(id, 16 * MB);
  assert.equal(statSync(memory.path(id)).mode & 0o777, 0o600);
  assert.equal(statSync(memory.directory).mode & 0o777, 0o700);
  const file = openSync(memory.path(id), 'r+');
  try {
    for (const at of [0, 3 * MB + 5, 16 * MB - 6]) writeSync(file, 'secret', at);
    const before = fstatSync(file).blocks;
    await memory.wipe(id);
    assert.equal(existsSync(memory.directory), false);
    const { size, blocks, nlink } = fstatSync(file);
    assert.equal(nlink, 0);
    assert.equal(size, 16 * MB);
    assert.ok(blocks < (16 * MB) / 512, 'holes were filled');
    assert.ok(blocks >= before, 'pages were given back before they were overwritten');
    assert.ok(readFileSync(`/proc/self/fd/${file}`).every((byte) => byte === 0));
  } finally {
    closeSync(file);
  }
});

test('two at once, and one for nothing', async () => {
  const memory = newMemory();
  const id = newId();
  memory.make(id, 4 * MB);
  assert.equal(memory.wipe(id), memory.wipe(id));
  await memory.wipe(id);
  await memory.wipe(id);
  assert.deepEqual(memory.ids(), []);
});

test('another machine keeps its memory', async () => {
  const memory = newMemory();
  const [one, other] = [newId(), newId()];
  memory.make(one, MB);
  memory.make(other, MB);
  assert.throws(() => memory.make(other, MB), { code: 'EEXIST' });
  await memory.wipe(one);
  assert.deepEqual(memory.ids(), [other]);
  await memory.wipe(other);
});

test('more than there is room for is refused', () => {
  const memory = newMemory();
  assert.throws(() => memory.make(newId(), 2 ** 50), { code: 'disk_full' });
  rmSync(memory.directory, { recursive: true });
});

const onDisk = [tmpdir(), '/var/tmp', '/'].find((path) => statfsSync(path).type !== TMPFS_MAGIC);

test('memory never lies on a disk', { skip: onDisk ? false : 'this machine has no disk' }, () => {
  const base = mkdtempSync(join(onDisk!, 'lethe-memory-'));
  try {
    const memory = new GuestMemory('abcdef', base);
    assert.throws(() => memory.make(newId(), MB), { code: 'engine_failed', message: /not a tmpfs/ });
    assert.deepEqual(memory.ids(), []);
  } finally {
    rmSync(base, { recursive: true });
  }
});
