/** A log that another implementation wrote (transparency-dev/tessera): every checkpoint, every tile, every entry. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex, utf8 } from '@lethe/core';
import { parseCheckpoint } from '../src/checkpoint.ts';
import { Edge } from '../src/edge.ts';
import { verifyEntry } from '../src/entry.ts';
import { EMPTY_ROOT, leafHash, verifyConsistency } from '../src/merkle.ts';
import { ed25519Verifier, formatNote, parseNote, parseVkey, verifiedSignatures } from '../src/note.ts';
import { parsePolicy } from '../src/policy.ts';
import { formatProof } from '../src/proof.ts';
import { proveConsistency, proveInclusion, type ReadTile, TileHashes } from '../src/prove.ts';
import { parseEntries, parseHashTile, tilePath } from '../src/tiles.ts';
import { readyPolicy } from '../src/witnessed.ts';
import { vectorBytes } from './lib/vectors.ts';

const VKEY = 'example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx';
const SIZES = Array.from({ length: 16 }, (_, i) => i);

const file = (name: string): Uint8Array<ArrayBuffer> => vectorBytes(`tessera-log/${name}`);
const read: ReadTile = async (tile) => file(tilePath(tile));
const checkpointOf = (size: number): Uint8Array<ArrayBuffer> => file(`checkpoint.${size}`);
const entries = parseEntries(file('tile/entries/000.p/15'), 15);

test('the log’s key signed the checkpoint of every size', async () => {
  const verifier = await ed25519Verifier(parseVkey(VKEY));
  for (const size of SIZES) {
    const bytes = checkpointOf(size);
    const note = parseNote(bytes);
    assert.ok((await verifiedSignatures(note, [verifier])).has(verifier));
    assert.deepEqual(utf8(formatNote(note)), bytes);
    const { origin, size: read } = parseCheckpoint(note.text);
    assert.deepEqual([origin, read], ['example.com/log/testdata', size]);
  }
  assert.deepEqual(file('checkpoint'), checkpointOf(15));
});

test('every bundle of entries has the hashes of the tile of its size', () => {
  for (const size of SIZES.slice(1)) {
    const bundle = parseEntries(file(`tile/entries/000.p/${size}`), size);
    const hashes = parseHashTile(file(`tile/0/000.p/${size}`), size);
    assert.deepEqual(bundle.map(leafHash).map(toHex), hashes.map(toHex));
    assert.deepEqual(bundle.map(toHex), entries.slice(0, size).map(toHex));
  }
});

test('the root of every size is that of its checkpoint, from the tiles and from the entries', async () => {
  const edge = new Edge();
  for (const size of SIZES) {
    const { root } = parseCheckpoint(parseNote(checkpointOf(size)).text);
    assert.deepEqual(edge.root(), root);
    assert.deepEqual(await new TileHashes(size, read).root(), root);
    if (size < 15) edge.append(leafHash(entries[size]!));
  }
  assert.deepEqual(parseCheckpoint(parseNote(checkpointOf(0)).text).root, EMPTY_ROOT);
});

test('every checkpoint is a continuation of all before it', async () => {
  const rootOf = (size: number): Uint8Array => parseCheckpoint(parseNote(checkpointOf(size)).text).root;
  for (const newSize of SIZES.slice(1)) {
    const tree = new TileHashes(newSize, read);
    for (const oldSize of SIZES.slice(1, newSize + 1)) {
      const proof = await proveConsistency(tree, oldSize);
      verifyConsistency({ oldSize, newSize, oldRoot: rootOf(oldSize), newRoot: rootOf(newSize), proof });
    }
  }
});

test('every entry can be proven against every checkpoint that includes it', async () => {
  const policy = await readyPolicy(parsePolicy(utf8(`log ${VKEY}\nquorum none\n`)));
  for (const size of SIZES.slice(1)) {
    const tree = new TileHashes(size, read);
    for (let index = 0; index < size; index += 1) {
      const proof = formatProof({ index, hashes: await proveInclusion(tree, index), checkpoint: checkpointOf(size) });
      assert.equal((await verifyEntry(entries[index]!, proof, policy)).checkpoint.size, size);
    }
  }
});
