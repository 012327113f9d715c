/** Go's checksum database library (golang.org/x/mod/sumdb, as Debian has it) reads a log and proofs that Lethe wrote. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { toBase64 } from '@lethe/core';
import { formatProof } from '../src/proof.ts';
import { proveConsistency, proveInclusion, TileHashes } from '../src/prove.ts';
import { entryText, numbered } from './lib/memory-log.ts';
import { type Seen, signedCheckpoint, signer, witness } from './lib/signers.ts';

const run = promisify(execFile);

const SIZE = 1000;
const OLD_SIZE = 300;
const PROVEN = [0, 1, 255, 256, 299, 300, 767, 768, 998, 999];

const log = await signer('log.example/lethe', 1);
const wit = await witness('w.example', 11);
const seen: Seen[] = [{ by: wit, at: 1_700_000_000 }];
const written = numbered(SIZE, [OLD_SIZE]);

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lethe-tlog-'));
  await Promise.all([compile(), writeLog(join(folder, 'log'))]);
});
after(() => rm(folder, { recursive: true, force: true }));

/** Compiles the reader without a module cache: only what Debian's packages brought is used. */
async function compile(): Promise<void> {
  const source = fileURLToPath(new URL('interop/main.go', import.meta.url));
  await run('go', ['build', '-o', join(folder, 'interop'), source], {
    env: {
      PATH: process.env['PATH'],
      GO111MODULE: 'off',
      GOFLAGS: '-mod=mod',
      GOPATH: '/usr/share/gocode',
      GOCACHE: join(folder, 'cache'),
      CGO_ENABLED: '0',
    },
  });
}

async function writeLog(dir: string): Promise<void> {
  const tree = new TileHashes(SIZE, written.read);
  const old = new TileHashes(OLD_SIZE, written.read);
  const checkpoint = await signedCheckpoint(log, SIZE, await tree.root(), seen);
  const files = new Map<string, string | Uint8Array>(written.files);
  files.set('log.vkey', log.vkey);
  files.set('witness.vkey', wit.vkey);
  files.set('checkpoint', checkpoint);
  files.set('checkpoint.old', await signedCheckpoint(log, OLD_SIZE, await old.root(), seen));
  const consistency = await proveConsistency(tree, OLD_SIZE);
  files.set('consistency', consistency.map((hash) => `${toBase64(hash)}\n`).join(''));
  for (const index of PROVEN) {
    const hashes = await proveInclusion(tree, index);
    files.set(`proofs/${index}.tlog-proof`, formatProof({ index, hashes, checkpoint }));
    files.set(`entries/${index}`, entryText(index));
  }
  for (const [name, content] of files) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), content);
  }
}

/** Runs the reader. Resolves to what it printed, or to its complaint. */
async function go(...args: string[]): Promise<{ out: string; complaint: string }> {
  try {
    return { out: (await run(join(folder, 'interop'), args)).stdout.trim(), complaint: '' };
  } catch (error) {
    return { out: '', complaint: String((error as { stderr?: string }).stderr ?? error).trim() };
  }
}

/** A copy of the log with one file changed. */
async function changed(t: TestContext, name: string, change: (bytes: Buffer) => Uint8Array | string): Promise<string> {
  const dir = await mkdtemp(join(folder, 'changed-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  await cp(join(folder, 'log'), dir, { recursive: true });
  await writeFile(join(dir, name), change(await readFile(join(dir, name))));
  return dir;
}

const turnLast = (bytes: Buffer): Buffer => {
  bytes[bytes.length - 1]! ^= 1;
  return bytes;
};

test('Go opens the checkpoints and finds the proofs, the tiles and the entries as it would have made them', async () => {
  assert.deepEqual(await go('log', join(folder, 'log')), {
    out: `${SIZE} entries, ${OLD_SIZE} before, ${PROVEN.length} proofs`,
    complaint: '',
  });
});

test('Go accepts every entry by its proof, and refuses one that was tampered with', async () => {
  const dir = join(folder, 'log');
  for (const index of PROVEN)
    assert.deepEqual(await go('entry', dir, String(index), join(dir, `entries/${index}`)), { out: '', complaint: '' });
  await writeFile(join(folder, 'tampered'), `${entryText(300)} `);
  for (const [index, file] of [
    ['300', join(folder, 'tampered')],
    ['300', join(dir, 'entries/299')],
  ] as const)
    assert.match((await go('entry', dir, index, file)).complaint, /invalid transparency proof/);
});

test('Go refuses a log of which anything was changed', async (t) => {
  const changes: [string, (bytes: Buffer) => Uint8Array | string, RegExp][] = [
    ['tile/entries/001', turnLast, /entries: not those of the checkpoint of size 1000/],
    ['tile/entries/001.p/44', turnLast, /entries: not those of the checkpoint of size 300/],
    ['tile/entries/000', (bytes) => bytes.subarray(0, -1), /ends before entry 255/],
    ['tile/entries/000', (bytes) => Buffer.concat([bytes, bytes]), /bytes behind the last entry/],
    ['tile/0/001', turnLast, /0\/001: not the hashes of the entries/],
    ['tile/1/000.p/3', turnLast, /1\/000\.p\/3: not the hashes of the entries/],
    ['tile/0/001.p/44', turnLast, /0\/001\.p\/44: not the hashes of the entries/],
    [
      'checkpoint',
      (bytes) => bytes.toString().replace('\n1000\n', '\n1001\n'),
      /invalid signature for key log\.example/,
    ],
    ['checkpoint', (bytes) => bytes.toString().replace(/.{4}\n$/, 'AAA=\n'), /invalid signature for key w\.example/],
    ['checkpoint', (bytes) => bytes.toString().replace(/— w\.example .*\n/, ''), /1 verified signatures/],
    ['consistency', (bytes) => bytes.toString().replace(/^.*\n/, ''), /consistency: another proof/],
    ['proofs/300.tlog-proof', (bytes) => bytes.toString().replace('index 300', 'index 301'), /proof of entry 301/],
  ];
  for (const [name, change, complaint] of changes)
    assert.match((await go('log', await changed(t, name, change))).complaint, complaint, name);
});

test('Go refuses an older checkpoint of another history, though the log and the witness signed it', async (t) => {
  const other = await signedCheckpoint(log, OLD_SIZE, new Uint8Array(32), seen);
  const dir = await changed(t, 'checkpoint.old', () => other);
  assert.match((await go('log', dir)).complaint, /invalid transparency proof/);
});
