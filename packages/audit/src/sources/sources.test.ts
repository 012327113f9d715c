import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Hunter } from '../hunt/hunter.ts';
import { encodings } from '../markers/encodings.ts';
import { searchDirectory, searchFile } from './files.ts';
import { searchProcess } from './processes.ts';
import type { Searched } from './searched.ts';
import { searchTables } from './tables.ts';

const WORD = ['quax', 'olith', '7bz'].join('');
const hunter = new Hunter(encodings({ id: 'word', kind: 'udp', text: WORD }));
const options = { skip: process.geteuid?.() === 0 ? false : 'needs root' };

let base: string;
before(() => {
  base = mkdtempSync(join(tmpdir(), 'lethe-sources-'));
});
after(() => rmSync(base, { recursive: true, force: true }));

const hitsOf = ({ found }: Searched): number => found.reduce((sum, { hits }) => sum + hits.length, 0);

/** A process that ran a script to its line `ready`. */
async function running(t: { after(done: () => Promise<void>): void }, script: string): Promise<ChildProcess> {
  const child = spawn(
    process.execPath,
    ['-e', `${script}\nprocess.stdout.write('ready'); process.stdin.resume();`, base],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  t.after(async () => {
    child.stdin!.end();
    await once(child, 'close');
  });
  await once(child.stdout!, 'data');
  return child;
}

/** The word is put together at run time: the process's own arguments do not hold it. */
const MAKE_WORD = "const word = ['quax', 'olith', '7bz'].join('');";

test('what another process has in memory is found, and in no other process', options, async (t) => {
  const holder = await running(t, `${MAKE_WORD} globalThis.kept = Buffer.alloc(5000, word);`);
  const without = await running(t, 'globalThis.kept = Buffer.alloc(5000, 1);');
  const found = searchProcess(hunter, holder.pid!, 'with');
  assert.ok(hitsOf(found) >= 400);
  assert.deepEqual(found.unread, []);
  assert.ok(found.found.every(({ holder }) => holder === 'with'));
  assert.equal(hitsOf(searchProcess(hunter, without.pid!, 'without')), 0);
});

test('a search puts no page into a process that was not there', options, async (t) => {
  // 256 MB that nobody has written to.
  const child = await running(t, 'globalThis.kept = new ArrayBuffer(1 << 28);');
  const resident = (): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1]);
  const tables = (): number => Number(/VmPTE:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1]);
  const [residentBefore, tablesBefore] = [resident(), tables()];
  const { unread, found } = searchProcess(hunter, child.pid!, 'idle');
  assert.deepEqual(unread, []);
  assert.ok(found.reduce((sum, { bytes }) => sum + bytes, 0) < 1 << 28);
  assert.ok(resident() - residentBefore < 4096, `${resident() - residentBefore} kB more`);
  assert.ok(tables() - tablesBefore < 64, 'page tables grew');
});

test('a file without a name that a process holds open is found', options, async (t) => {
  const script = `${MAKE_WORD} const fs = require('node:fs'); const path = process.argv[1] + '/gone';
    fs.writeFileSync(path, word.toUpperCase()); globalThis.kept = fs.openSync(path); fs.unlinkSync(path);`;
  const child = await running(t, script);
  const { found } = searchProcess(hunter, child.pid!, 'holder');
  assert.ok(found.some(({ source, hits }) => source.includes('/gone (deleted)') && hits.length > 0));
});

test('a process that has ended is unread, not empty', () => {
  const { unread, found } = searchProcess(hunter, 2 ** 22 + 1, 'ended');
  assert.deepEqual(found, []);
  assert.ok(unread.length > 0);
});

test('a directory is searched to its leaves, without following links, and what is cut off is said', () => {
  mkdirSync(join(base, 'a/b'), { recursive: true });
  writeFileSync(join(base, 'a/b/file'), `..${WORD}..`);
  writeFileSync(join(base, 'outside'), WORD);
  symlinkSync(join(base, 'outside'), join(base, 'a/link'));
  const all = searchDirectory(hunter, join(base, 'a'));
  assert.ok(hitsOf(all) > 0);
  assert.deepEqual(
    all.found.map(({ source }) => source),
    [`file ${join(base, 'a/b/file')}`],
  );
  assert.equal(hitsOf(searchDirectory(hunter, join(base, 'a'), (path) => path.endsWith('/b'))), 0);
  assert.deepEqual(searchDirectory(hunter, join(base, 'none')), { found: [], unread: [] });
  const cut = searchFile(hunter, join(base, 'a/b/file'), 'cut', 'file', 3);
  assert.deepEqual([cut.found[0]!.bytes, cut.unread.length], [3, 1]);
});

test('a table that cannot be printed is unread; the others are searched', async () => {
  const { found, unread } = await searchTables(hunter, async (command) => {
    if (command === 'conntrack') throw new Error('no such command');
    return command === 'ss' ? `tcp ESTAB ${WORD}` : '';
  });
  assert.equal(unread.filter((text) => text.startsWith('table conntrack')).length, 3);
  assert.deepEqual(
    found.filter(({ hits }) => hits.length > 0).map(({ holder }) => holder),
    ['table sockets'],
  );
});
