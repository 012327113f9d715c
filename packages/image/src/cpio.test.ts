import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cpio } from './cpio.ts';

/** Reads a newc archive by the description in the kernel's Documentation/driver-api/early-userspace/buffer-format.rst. */
function read(archive: Buffer): { name: string; mode: number; data: string }[] {
  const entries = [];
  for (let at = 0; ; ) {
    assert.equal(archive.toString('latin1', at, at + 6), '070701');
    assert.equal(at % 4, 0);
    const field = (index: number): number =>
      Number.parseInt(archive.toString('latin1', at + 6 + index * 8, at + 14 + index * 8), 16);
    const [mode, mtime, size, nameSize] = [field(1), field(5), field(6), field(11)];
    const name = archive.toString('latin1', at + 110, at + 110 + nameSize - 1);
    const start = (at + 110 + nameSize + 3) & ~3;
    assert.equal(mtime, 0);
    if (name === 'TRAILER!!!') return entries;
    entries.push({ name, mode, data: archive.toString('latin1', start, start + size) });
    at = (start + size + 3) & ~3;
  }
}

test('an archive holds what was put in, in that order', () => {
  const archive = cpio([
    { path: 'bin', mode: 0o40755, data: Buffer.alloc(0) },
    { path: 'bin/a', mode: 0o100755, data: Buffer.from('12345') },
    { path: 'bin/sh', mode: 0o120777, data: Buffer.from('a') },
  ]);
  assert.deepEqual(read(archive), [
    { name: 'bin', mode: 0o40755, data: '' },
    { name: 'bin/a', mode: 0o100755, data: '12345' },
    { name: 'bin/sh', mode: 0o120777, data: 'a' },
  ]);
});

test('the same entries give the same bytes', () => {
  const entries = [{ path: 'x', mode: 0o100644, data: Buffer.from('y') }];
  assert.deepEqual(cpio(entries), cpio(entries));
});
