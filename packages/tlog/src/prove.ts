/** Proofs out of tiles (RFC 6962 sections 2.1.1 and 2.1.2). Whoever has a log's static files can make them. */

import { LetheError } from '@lethe/core';
import { EMPTY_ROOT, type Hash, nodeHash, splitPoint } from './merkle.ts';
import { parseHashTile, TILE_WIDTH, type Tile, tileWidth } from './tiles.ts';

/** Reads the bytes of a tile. A reader may serve a full tile's first hashes where a partial one is asked for and gone. */
export type ReadTile = (tile: Tile) => Promise<Uint8Array>;

/**
 * A tile's hashes and the roots of its perfect subtrees: layer k has the roots over 2^k neighbouring hashes. Kept, since the proofs of
 * neighbouring entries share most of them.
 */
type Layers = readonly (readonly Hash[])[];

/** Hashes of a tree of a fixed size, read from its tiles; each tile is read once. */
export class TileHashes {
  readonly size: number;
  readonly #read: ReadTile;
  readonly #tiles = new Map<string, Promise<Layers>>();

  constructor(size: number, read: ReadTile) {
    this.size = size;
    this.#read = read;
  }

  /** The root of the leaves from `start` up to `end`; `start` is a multiple of the smallest power of two not below `end - start`. */
  async range(start: number, end: number): Promise<Hash> {
    const count = end - start;
    if (count === 0) return EMPTY_ROOT;
    const k = count === 1 ? 1 : splitPoint(count);
    if (count > 1 && k * 2 !== count)
      return nodeHash(await this.range(start, start + k), await this.range(start + k, end));
    // A perfect subtree lies in one tile, at the highest level whose hashes cover no more than it.
    let level = 0;
    let span = 1;
    for (; span * TILE_WIDTH <= count; span *= TILE_WIDTH) level += 1;
    const first = start / span;
    const layers = await this.#tile(level, Math.floor(first / TILE_WIDTH));
    const width = count / span;
    const hash = layers[Math.log2(width)]?.[(first % TILE_WIDTH) / width];
    if (!hash) throw new LetheError('bad_tile', 'A tile of the log is too short.');
    return hash;
  }

  /** The root of the whole tree. */
  root(): Promise<Hash> {
    return this.range(0, this.size);
  }

  #tile(level: number, index: number): Promise<Layers> {
    const key = `${level}/${index}`;
    let tile = this.#tiles.get(key);
    if (!tile) {
      const width = tileWidth(level, index, this.size);
      tile = this.#read({ level, index, width }).then((bytes) => layersOf(parseHashTile(bytes, width)));
      this.#tiles.set(key, tile);
    }
    return tile;
  }
}

function layersOf(hashes: Hash[]): Layers {
  const layers = [hashes];
  for (let last = hashes; last.length > 1; ) {
    last = Array.from({ length: Math.floor(last.length / 2) }, (_, i) => nodeHash(last[2 * i]!, last[2 * i + 1]!));
    layers.push(last);
  }
  return layers;
}

/** The inclusion proof of the entry at `index` in the tree of these tiles. Throws `bad_proof` if there is no such entry. */
export async function proveInclusion(hashes: TileHashes, index: number): Promise<Hash[]> {
  if (!Number.isSafeInteger(index) || index < 0 || index >= hashes.size)
    throw new LetheError('bad_proof', 'The log has no entry with that number.');
  const proof: Hash[] = [];
  let start = 0;
  let end = hashes.size;
  while (end - start > 1) {
    const middle = start + splitPoint(end - start);
    if (index < middle) {
      proof.unshift(await hashes.range(middle, end));
      end = middle;
    } else {
      proof.unshift(await hashes.range(start, middle));
      start = middle;
    }
  }
  return proof;
}

/** The consistency proof from the first `oldSize` entries to the tree of these tiles; empty for 0 and for the whole. Throws `bad_proof`. */
export async function proveConsistency(hashes: TileHashes, oldSize: number): Promise<Hash[]> {
  if (!Number.isSafeInteger(oldSize) || oldSize < 0 || oldSize > hashes.size)
    throw new LetheError('bad_proof', 'The log has never had that size.');
  if (oldSize === 0 || oldSize === hashes.size) return [];
  const proof: Hash[] = [];
  let start = 0;
  let end = hashes.size;
  while (oldSize !== end) {
    const middle = start + splitPoint(end - start);
    if (oldSize <= middle) {
      proof.unshift(await hashes.range(middle, end));
      end = middle;
    } else {
      proof.unshift(await hashes.range(start, middle));
      start = middle;
    }
  }
  if (start !== 0) proof.unshift(await hashes.range(start, end));
  return proof;
}
