import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isElf, neededLibraries, trimElf } from './elf.ts';

const node = readFileSync(process.execPath);

test('a program names the libraries and the loader it needs', () => {
  const needed = neededLibraries(node);
  for (const name of ['libc.so.6', 'libstdc++.so.6', 'ld-linux-x86-64.so.2']) assert.ok(needed.includes(name), name);
  assert.equal(new Set(needed).size, needed.length);
});

test('text is not a program', () => {
  assert.equal(isElf(Buffer.from('#!/bin/sh\n'.repeat(20))), false);
  assert.equal(isElf(node), true);
});

test('a trimmed program is smaller, needs the same and runs', () => {
  const dir = mkdtempSync(join(tmpdir(), 'lethe-elf-'));
  try {
    const trimmed = trimElf(node);
    assert.ok(trimmed.length < node.length);
    assert.deepEqual(neededLibraries(trimmed), neededLibraries(node));
    writeFileSync(join(dir, 'node'), trimmed, { mode: 0o755 });
    assert.equal(execFileSync(join(dir, 'node'), ['-p', '6 * 7'], { encoding: 'utf8' }), '42\n');
  } finally {
    rmSync(dir, { recursive: true });
  }
});
