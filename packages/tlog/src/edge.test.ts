import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concat, utf8 } from '@lethe/core';
import { naiveLeaf, naiveRoot } from '../tests/lib/naive.ts';
import { Edge, type FullTile } from './edge.ts';
import { tileWidth } from './tiles.ts';

const leaves = Array.from({ length: 66_100 }, (_, i) => naiveLeaf(utf8(String(i))));
const grown = (size: number): Edge => {
  const edge = new Edge();
  for (const leaf of leaves.slice(0, size)) edge.append(leaf);
  return edge;
};

test('the root is that of RFC 6962 at every size from 0 to 600', () => {
  const edge = new Edge();
  for (let size = 0; size <= 600; size += 1) {
    assert.equal(edge.size, size);
    assert.deepEqual(edge.root(), naiveRoot(leaves.slice(0, size)), `size ${size}`);
    edge.append(leaves[size]!);
  }
});

test('the root is that of RFC 6962 where tiles of levels 1 and 2 begin', () => {
  const edge = new Edge();
  const sizes = new Set([65_279, 65_280, 65_535, 65_536, 65_537, 65_792, 65_793, 66_100]);
  for (const leaf of leaves) {
    edge.append(leaf);
    if (sizes.has(edge.size)) assert.deepEqual(edge.root(), naiveRoot(leaves.slice(0, edge.size)), `size ${edge.size}`);
  }
  assert.equal(edge.height, 3);
});

test('every tile that fills is handed out once, lowest first, and holds the roots of the tiles below', () => {
  const edge = new Edge();
  const full: FullTile[] = [];
  for (const leaf of leaves) {
    const tiles = edge.append(leaf);
    assert.deepEqual(
      tiles.map(({ level }) => level),
      tiles.map((_, i) => i),
    );
    full.push(...tiles);
  }
  assert.equal(full.length, 258 + 1);
  for (const { level, index, width, hashes } of full) {
    assert.equal(width, 256);
    const span = 256 ** level;
    const at = (i: number): Uint8Array[] => leaves.slice((index * 256 + i) * span, (index * 256 + i + 1) * span);
    for (const i of [0, 1, 254, 255]) assert.deepEqual(hashes[i], naiveRoot(at(i)), `level ${level} tile ${index}`);
  }
  assert.equal(new Set(full.map(({ level, index }) => `${level}/${index}`)).size, full.length);
});

test('partial tiles are as wide as the tree reaches', () => {
  for (const size of [0, 1, 255, 256, 257, 600, 66_100]) {
    const edge = grown(size);
    for (let level = 0; level < 4; level += 1) {
      const width = Math.floor(size / 256 ** level) % 256;
      assert.equal(edge.partial(level).length, width);
      if (width > 0) assert.equal(width, tileWidth(level, Math.floor(size / 256 ** (level + 1)), size));
    }
  }
});

test('an edge that is read back from partial tiles grows on as the first would have', () => {
  for (const size of [0, 1, 255, 256, 700, 65_536]) {
    const first = grown(size);
    const second = new Edge(
      size,
      Array.from({ length: first.height }, (_, level) => first.partial(level)),
    );
    for (const leaf of leaves.slice(size, size + 300)) assert.deepEqual(second.append(leaf), first.append(leaf));
    assert.deepEqual(second.root(), first.root());
    assert.equal(second.size, first.size);
  }
});

test('a copy and what it was made from do not change each other', () => {
  const edge = grown(255);
  const root = edge.root();
  const handed = edge.partial(0);
  const before = concat(...handed);
  const copy = edge.clone();
  copy.append(leaves[300]!);
  assert.deepEqual(edge.root(), root);
  assert.deepEqual(concat(...edge.partial(0)), before);
  edge.append(leaves[255]!);
  assert.notDeepEqual(edge.root(), copy.root());
  assert.equal(copy.size, 256);
});

test('an edge whose widths do not fit its size is refused', () => {
  const { size, hash } = { size: 3, hash: new Uint8Array(32) };
  assert.equal(new Edge(size, [[hash, hash, hash]]).size, 3);
  for (const levels of [[[hash]], [[hash, hash, hash], [hash]]])
    assert.throws(() => new Edge(size, levels), { code: 'bad_tile' });
});
