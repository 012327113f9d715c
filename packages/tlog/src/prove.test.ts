import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concat } from '@lethe/core';
import fc from 'fast-check';
import { numbered } from '../tests/lib/memory-log.ts';
import { naivePath, naiveProof, naiveRoot } from '../tests/lib/naive.ts';
import { MARKED, vastPath, vastRoot } from '../tests/lib/vast.ts';
import { EMPTY_ROOT, verifyConsistency, verifyInclusion } from './merkle.ts';
import { proveConsistency, proveInclusion, type ReadTile, TileHashes } from './prove.ts';
import { tileWidth } from './tiles.ts';

const LARGEST = 66_100;
const log = numbered(LARGEST);
const treeOf = (size: number): TileHashes => new TileHashes(size, log.readWider);

test('proofs out of tiles are those of RFC 6962', async () => {
  for (const size of [1, 2, 3, 7, 255, 256, 257, 600]) {
    const leaves = log.leaves.slice(0, size);
    const tree = treeOf(size);
    assert.deepEqual(await tree.root(), naiveRoot(leaves));
    for (const index of new Set([0, 1, 127, 254, 255, 256, size - 1].filter((i) => i < size)))
      assert.deepEqual(await proveInclusion(tree, index), naivePath(index, leaves), `entry ${index} of ${size}`);
    for (const oldSize of new Set([1, 2, 6, 128, 255, 256, size - 1].filter((old) => old > 0 && old < size)))
      assert.deepEqual(await proveConsistency(tree, oldSize), naiveProof(oldSize, leaves), `${oldSize} to ${size}`);
  }
});

test('inclusion proofs out of tiles verify at any size and index', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: LARGEST }), fc.nat(), async (size, n) => {
      const index = n % size;
      const tree = treeOf(size);
      const proof = await proveInclusion(tree, index);
      verifyInclusion({ index, size, leaf: log.leaves[index]!, root: await tree.root(), proof });
    }),
  );
});

test('consistency proofs out of tiles verify between any two sizes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: LARGEST }), fc.nat(), async (newSize, n) => {
      const oldSize = 1 + (n % newSize);
      const tree = treeOf(newSize);
      const proof = await proveConsistency(tree, oldSize);
      const [oldRoot, newRoot] = [await treeOf(oldSize).root(), await tree.root()];
      verifyConsistency({ oldSize, newSize, oldRoot, newRoot, proof });
    }),
  );
});

test('tiles prove at sizes up to 2^53 - 1', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 2 ** 32, max: 2 ** 53 - 1 }), fc.maxSafeNat(), async (size, n) => {
      const index = n % size;
      const read: ReadTile = async ({ level, index: tile, width }) => {
        const span = 256 ** (level as number);
        const from = tile * 256;
        return concat(
          ...Array.from({ length: width }, (_, i) => vastRoot((from + i) * span, (from + i + 1) * span, index)),
        );
      };
      const tree = new TileHashes(size, read);
      const proof = await proveInclusion(tree, index);
      assert.deepEqual(proof, vastPath(index, size, index));
      verifyInclusion({ index, size, leaf: MARKED, root: await tree.root(), proof });
      const oldSize = index + 1;
      const oldRoot = vastRoot(0, oldSize, index);
      verifyConsistency({
        oldSize,
        newSize: size,
        oldRoot,
        newRoot: vastRoot(0, size, index),
        proof: await proveConsistency(tree, oldSize),
      });
    }),
    { numRuns: 20 },
  );
});

test('a log’s own files are enough, also for a size it has outgrown', async () => {
  const grown = numbered(700, [300]);
  for (const size of [300, 700]) {
    const tree = new TileHashes(size, grown.read);
    assert.deepEqual(await tree.root(), naiveRoot(grown.leaves.slice(0, size)));
    for (const index of [0, 255, 256, 299]) {
      const proof = await proveInclusion(tree, index);
      verifyInclusion({ index, size, leaf: grown.leaves[index]!, root: await tree.root(), proof });
    }
  }
});

test('each tile is asked for once, and as wide as the tree reaches', async () => {
  const asked: string[] = [];
  const tree = new TileHashes(66_000, async (tile) => {
    assert.equal(tile.width, tileWidth(tile.level, tile.index, 66_000));
    asked.push(`${tile.level}/${tile.index}`);
    return log.readWider(tile);
  });
  await Promise.all([tree.root(), proveInclusion(tree, 4711), proveInclusion(tree, 4711), proveConsistency(tree, 600)]);
  assert.ok(asked.length > 0);
  assert.equal(new Set(asked).size, asked.length);
});

test('from nothing to all and from all to all there is nothing to prove', async () => {
  const tree = treeOf(600);
  assert.deepEqual(await proveConsistency(tree, 0), []);
  assert.deepEqual(await proveConsistency(tree, 600), []);
  assert.deepEqual(await proveConsistency(treeOf(0), 0), []);
  assert.deepEqual(await treeOf(0).root(), EMPTY_ROOT);
});

test('there is no proof for an entry the log does not have, nor for a size it never had', async () => {
  const tree = treeOf(600);
  for (const index of [-1, 0.5, 600, Number.NaN])
    await assert.rejects(proveInclusion(tree, index), { code: 'bad_proof' });
  for (const oldSize of [-1, 0.5, 601, Number.NaN])
    await assert.rejects(proveConsistency(tree, oldSize), { code: 'bad_proof' });
  await assert.rejects(proveInclusion(treeOf(0), 0), { code: 'bad_proof' });
});

test('a tile of another length is refused', async () => {
  for (const change of [
    (bytes: Uint8Array) => bytes.subarray(32),
    (bytes: Uint8Array) => concat(bytes, new Uint8Array(32)),
    (bytes: Uint8Array) => bytes.subarray(1),
  ]) {
    const tree = new TileHashes(600, async (tile) => change(await log.readWider(tile)));
    await assert.rejects(proveInclusion(tree, 3), { code: 'bad_tile' });
  }
});

test('a proof out of a changed tile does not verify', async () => {
  const tree = new TileHashes(600, async (tile) => {
    const bytes = new Uint8Array(await log.readWider(tile));
    bytes[bytes.length - 1]! ^= 1;
    return bytes;
  });
  const proof = await proveInclusion(tree, 3);
  const root = naiveRoot(log.leaves.slice(0, 600));
  assert.throws(() => verifyInclusion({ index: 3, size: 600, leaf: log.leaves[3]!, root, proof }), {
    code: 'not_included',
  });
});
