import assert from 'node:assert/strict';
import { linkSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeNew } from './cluster.ts';
import { databaseUser } from './user.ts';

test('a link in the place of a file leads root to nobody else’s file', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'lethe-cluster-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const other = join(directory, 'other');
  const file = join(directory, 'pg_hba.conf');
  for (const link of [symlinkSync, linkSync]) {
    writeFileSync(other, 'other');
    rmSync(file, { force: true });
    link(other, file);
    writeNew(file, 'ours');
    assert.deepEqual([readFileSync(other, 'utf8'), readFileSync(file, 'utf8')], ['other', 'ours']);
  }
});

test('as root, the database runs as postgres or not at all', { skip: process.getuid?.() !== 0 }, () => {
  const nobody = 'root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n';
  assert.equal(databaseUser(`${nobody}postgres:x:105:110::/:/bin/sh\n`).uid, 105);
  assert.throws(() => databaseUser(nobody), { code: 'missing_tool' });
});
