import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { LetheError } from '@lethe/core';
import { checkWritable, writeSecretFile } from './secret-file.ts';

let dir: string;
before(() => {
  dir = mkdtempSync(join(tmpdir(), 'lethe-secret-'));
});
after(() => rmSync(dir, { recursive: true, force: true }));

const code = (work: () => void, expected: string) =>
  assert.throws(work, (error: unknown) => error instanceof LetheError && error.code === expected);

test('a new file has mode 0600, whatever the umask says', () => {
  const old = process.umask(0);
  writeSecretFile(join(dir, 'new'), 'x', false);
  process.umask(old);
  assert.equal(statSync(join(dir, 'new')).mode & 0o777, 0o600);
});

test('an existing file is not touched without force', () => {
  writeFileSync(join(dir, 'there'), 'old');
  code(() => writeSecretFile(join(dir, 'there'), 'new', false), 'already_exists');
  assert.equal(readFileSync(join(dir, 'there'), 'utf8'), 'old');
});

test('a symlink in the place is replaced, not written through', () => {
  writeFileSync(join(dir, 'target'), 'untouched', { mode: 0o644 });
  symlinkSync(join(dir, 'target'), join(dir, 'link'));
  code(() => writeSecretFile(join(dir, 'link'), 'secret', false), 'already_exists');
  writeSecretFile(join(dir, 'link'), 'secret', true);
  assert.equal(readFileSync(join(dir, 'target'), 'utf8'), 'untouched');
  assert.equal(statSync(join(dir, 'link')).mode & 0o777, 0o600);
});

test('what cannot be written is refused before, and leaves no temporary file', () => {
  code(() => checkWritable(join(dir, 'missing', 'x'), false), 'bad_request');
  code(() => checkWritable(dir, true), 'bad_request');
  code(() => writeSecretFile(join(dir, 'missing', 'x'), 'x', false), 'bad_request');
  assert.deepEqual(
    readdirSync(dir).filter((name) => name.startsWith('.')),
    [],
  );
});
