import assert from 'node:assert/strict';
import { lstatSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { manifestLines, Tree, writeTree } from './tree.ts';

test('a manifest names every entry once, sorted, whatever the order of planning', () => {
  const one = new Tree();
  one.file('/b/c', 'x', true);
  one.link('/a', 'b/c');
  const other = new Tree();
  other.link('/a', 'b/c');
  other.file('/b/c', 'old');
  other.file('/b/c', 'x', true);
  assert.deepEqual(manifestLines(one), manifestLines(other));
  assert.deepEqual(manifestLines(one), [
    'link 777 0 b/c /a',
    'dir 755 0 - /b',
    'file 755 1 2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881 /b/c',
  ]);
});

test('the manifest changes with content, mode and name', () => {
  const lines = (path: string, content: string, executable: boolean): string => {
    const tree = new Tree();
    tree.file(path, content, executable);
    return manifestLines(tree).join();
  };
  const all = [lines('/a', 'x', false), lines('/a', 'y', false), lines('/a', 'x', true), lines('/b', 'x', false)];
  assert.equal(new Set(all).size, 4);
});

test('nothing can be put below a file or a link', () => {
  const tree = new Tree();
  tree.link('/bin', 'usr/bin');
  assert.throws(() => tree.file('/bin/sh', ''), { code: 'image_broken' });
});

test('a written tree has the planned modes and no times, whatever the umask', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'lethe-tree-'));
  const mask = process.umask(0o077);
  try {
    const tree = new Tree();
    tree.file('/etc/x', 'text');
    tree.file('/bin/y', 'program', true);
    await writeTree(tree, join(dir, 'root'));
    const mode = (path: string): string => (lstatSync(join(dir, 'root', path)).mode & 0o7777).toString(8);
    assert.deepEqual([mode(''), mode('etc'), mode('etc/x'), mode('bin/y')], ['755', '755', '644', '755']);
    assert.equal(lstatSync(join(dir, 'root/etc')).mtimeMs, 0);
    assert.equal(readFileSync(join(dir, 'root/etc/x'), 'utf8'), 'text');
  } finally {
    process.umask(mask);
    rmSync(dir, { recursive: true });
  }
});
