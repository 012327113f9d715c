import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concat } from '@lethe/core';
import fc from 'fast-check';
import {
  edgeTiles,
  encodeEntry,
  MAX_ENTRY,
  parseEntries,
  parseHashTile,
  parseTilePath,
  tilePath,
  tileWidth,
} from './tiles.ts';

test('a tile is named in groups of three digits, and a partial one by its width', () => {
  assert.equal(tilePath({ level: 0, index: 1_234_067, width: 256 }), 'tile/0/x001/x234/067');
  assert.equal(tilePath({ level: 0, index: 0, width: 1 }), 'tile/0/000.p/1');
  assert.equal(tilePath({ level: 63, index: 999, width: 255 }), 'tile/63/999.p/255');
  assert.equal(tilePath({ level: 'entries', index: 1000, width: 256 }), 'tile/entries/x001/000');
});

const tile = fc.record(
  {
    level: fc.oneof(fc.constant('entries' as const), fc.nat({ max: 63 })),
    index: fc.oneof(
      fc.nat(),
      fc.maxSafeNat().map((n) => Math.floor(n / 256)),
    ),
    width: fc.integer({ min: 1, max: 256 }),
  },
  { noNullPrototype: true },
);

test('every tile is found again by its path', () => {
  fc.assert(fc.property(tile, (one) => assert.deepEqual(parseTilePath(tilePath(one)), one)));
});

test('a path has one spelling', () => {
  const wrong = [
    '',
    'tile/0/0',
    'tile/0/00',
    'tile/0/0000',
    'tile/00/000',
    'tile/01/000',
    'tile/64/000',
    'tile/-1/000',
    'tile/0/x000/001',
    'tile/0/001/002',
    'tile/0/x001/x002',
    'tile/0/x001/2',
    'tile/0/X001/002',
    'tile/0/000.p/0',
    'tile/0/000.p/01',
    'tile/0/000.p/256',
    'tile/0/000.p/999',
    'tile/0/000.p/',
    'tile/0/000.p',
    'tile/0/000/',
    '/tile/0/000',
    'tile/0/../0/000',
    'tile/0/000\n',
    'tile/0/٠٠٠',
    'tile/data/000',
    'tile/entries/',
    'tile/8/0/000/',
    'tile/0/x001/x001/x001/x001/x001/000',
  ];
  for (const path of wrong) assert.equal(parseTilePath(path), undefined, path);
  fc.assert(
    fc.property(tile, fc.nat(), fc.constantFrom(...'/x.p0159 %'), (one, at, char) => {
      const path = tilePath(one);
      const changed = path.slice(0, at % path.length) + char + path.slice((at % path.length) + 1);
      const read = parseTilePath(changed);
      if (read) assert.equal(tilePath(read), changed);
    }),
  );
});

test('a tree of 70,000 entries has partial tiles of 112, 17 and 1', () => {
  assert.deepEqual(edgeTiles(70_000), [
    { level: 'entries', index: 273, width: 112 },
    { level: 0, index: 273, width: 112 },
    { level: 1, index: 1, width: 17 },
    { level: 2, index: 0, width: 1 },
  ]);
  assert.equal(tileWidth(0, 272, 70_000), 256);
  assert.equal(tileWidth(0, 273, 70_000), 112);
  assert.equal(tileWidth('entries', 273, 70_000), 112);
  assert.equal(tileWidth(0, 274, 70_000), 0);
  assert.equal(tileWidth(1, 0, 70_000), 256);
  assert.equal(tileWidth(2, 0, 70_000), 1);
  assert.equal(tileWidth(3, 0, 70_000), 0);
});

test('a tree that ends with a full tile has that tile at its edge', () => {
  assert.deepEqual(edgeTiles(0), []);
  assert.deepEqual(edgeTiles(256), [
    { level: 'entries', index: 0, width: 256 },
    { level: 0, index: 0, width: 256 },
    { level: 1, index: 0, width: 1 },
  ]);
  assert.deepEqual(edgeTiles(65_536).at(-1), { level: 2, index: 0, width: 1 });
});

test('widths are right at sizes beyond 2^32', () => {
  const size = 2 ** 53 - 1;
  assert.equal(tileWidth(0, 2 ** 45 - 1, size), 255);
  assert.equal(tileWidth(1, 2 ** 37 - 1, size), 255);
  assert.equal(tileWidth(6, 0, size), 31);
  assert.equal(tileWidth(7, 0, size), 0);
  assert.equal(edgeTiles(size).length, 8);
});

test('a tile of hashes has exactly the bytes of its width', () => {
  const bytes = Uint8Array.from({ length: 96 }, (_, i) => i);
  assert.deepEqual(parseHashTile(bytes, 3), [bytes.slice(0, 32), bytes.slice(32, 64), bytes.slice(64)]);
  for (const [length, width] of [
    [95, 3],
    [97, 3],
    [96, 2],
    [8192, 255],
    [0, 1],
  ] as const)
    assert.throws(() => parseHashTile(new Uint8Array(length), width), { code: 'bad_tile' });
});

const entry = fc.uint8Array({ maxLength: 300 });

test('entries are found again in their bundle', () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 256 }), (entries) => {
      assert.deepEqual(
        parseEntries(concat(...entries.map(encodeEntry)), entries.length).map((bytes) => new Uint8Array(bytes)),
        entries.map((bytes) => new Uint8Array(bytes)),
      );
    }),
  );
});

test('a bundle holds as many entries as its name says, and nothing behind them', () => {
  fc.assert(
    fc.property(fc.array(entry, { minLength: 1, maxLength: 20 }), entry, (entries, more) => {
      const bundle = concat(...entries.map(encodeEntry));
      const width = entries.length;
      for (const [bytes, count] of [
        [bundle, width + 1],
        [bundle, width - 1],
        [bundle.subarray(0, -1), width],
        [concat(bundle, Uint8Array.of(0)), width],
        [concat(bundle, encodeEntry(more)), width],
      ] as const)
        assert.throws(() => parseEntries(bytes, count), { code: 'bad_tile' });
    }),
  );
});

test('the longest entry has 65,535 bytes', () => {
  const longest = new Uint8Array(MAX_ENTRY).fill(7);
  const encoded = encodeEntry(longest);
  assert.deepEqual([...encoded.subarray(0, 3)], [0xff, 0xff, 7]);
  assert.deepEqual(parseEntries(encoded, 1), [longest]);
  assert.throws(() => encodeEntry(new Uint8Array(MAX_ENTRY + 1)), { code: 'too_large' });
});
