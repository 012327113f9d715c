/** Tiles (C2SP tlog-tiles): where each hash of the tree and each entry lies among a log's static files. */

import { concat, LetheError } from '@lethe/core';
import { HASH_SIZE, type Hash } from './merkle.ts';

/** Hashes in a full tile, and entries in a full bundle of entries. */
export const TILE_WIDTH = 256;

/** Longest entry: its length is written in two bytes. */
export const MAX_ENTRY = 65_535;

/** A tile of hashes at a level, or a bundle of entries. */
export interface Tile {
  level: number | 'entries';
  index: number;
  /** 1 to 256; fewer than 256 is a partial tile. */
  width: number;
}

/** The path of a tile below the log's address, as `tile/0/x001/234` or `tile/entries/000.p/17`. */
export function tilePath({ level, index, width }: Tile): string {
  const groups = [String(index % 1000).padStart(3, '0')];
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000))
    groups.unshift(`x${String(rest % 1000).padStart(3, '0')}`);
  return `tile/${level}/${groups.join('/')}${width < TILE_WIDTH ? `.p/${width}` : ''}`;
}

/** The tile a path names, or undefined for anything that is not exactly how a tile is spelled. */
export function parseTilePath(path: string): Tile | undefined {
  const match = /^tile\/(entries|\d|[1-5]\d|6[0-3])\/((?:x\d{3}\/){0,4}\d{3})(?:\.p\/([1-9]\d{0,2}))?$/.exec(path);
  if (!match) return undefined;
  const tile: Tile = {
    level: match[1] === 'entries' ? 'entries' : Number(match[1]),
    index: Number(match[2]!.replaceAll(/[x/]/g, '')),
    width: match[3] === undefined ? TILE_WIDTH : Number(match[3]),
  };
  return tilePath(tile) === path ? tile : undefined;
}

/** The width of a tile in a tree of `size` entries: 256, less at the right edge, 0 if the tree does not reach it. */
export function tileWidth(level: number | 'entries', index: number, size: number): number {
  const hashes = Math.floor(size / TILE_WIDTH ** (level === 'entries' ? 0 : level));
  return Math.max(0, Math.min(TILE_WIDTH, hashes - index * TILE_WIDTH));
}

/** Every tile of a tree of `size` entries that ends in its last, partial or full, column; one per level and the entries. */
export function edgeTiles(size: number): Tile[] {
  const tiles: Tile[] = [];
  for (let level = 0; Math.floor(size / TILE_WIDTH ** level) > 0; level += 1) {
    const hashes = Math.floor(size / TILE_WIDTH ** level);
    const index = Math.floor((hashes - 1) / TILE_WIDTH);
    const width = hashes - index * TILE_WIDTH;
    if (level === 0) tiles.push({ level: 'entries', index, width });
    tiles.push({ level, index, width });
  }
  return tiles;
}

/** The hashes of a tile. Throws `bad_tile` unless it has exactly the bytes of its width. */
export function parseHashTile(bytes: Uint8Array, width: number): Hash[] {
  if (bytes.length !== width * HASH_SIZE)
    throw new LetheError('bad_tile', 'A tile of the log has not the length its name says.');
  return Array.from({ length: width }, (_, i) => bytes.subarray(i * HASH_SIZE, (i + 1) * HASH_SIZE));
}

/** An entry as it stands in a bundle: two bytes of length, big endian, and its bytes. Throws `too_large` over 65,535 bytes. */
export function encodeEntry(entry: Uint8Array): Uint8Array<ArrayBuffer> {
  if (entry.length > MAX_ENTRY)
    throw new LetheError('too_large', 'An entry of the log may have at most 65,535 bytes. Nothing was added.');
  return concat(Uint8Array.of(entry.length >> 8, entry.length & 0xff), entry);
}

/** The entries of a bundle. Throws `bad_tile` unless there are exactly `width`, ending with the last byte. */
export function parseEntries(bytes: Uint8Array, width: number): Uint8Array[] {
  const entries: Uint8Array[] = [];
  let at = 0;
  while (at + 2 <= bytes.length && entries.length < width) {
    const length = bytes[at]! * 256 + bytes[at + 1]!;
    if (at + 2 + length > bytes.length) break;
    entries.push(bytes.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  if (entries.length !== width || at !== bytes.length)
    throw new LetheError('bad_tile', 'A bundle of entries of the log does not hold the entries its name says.');
  return entries;
}
