/** A log in memory, written as a log writes its files: full tiles once, partial ones at each size that is published. */

import { concat, utf8 } from '@lethe/core';
import { Edge } from '../../src/edge.ts';
import { HASH_SIZE, type Hash, leafHash } from '../../src/merkle.ts';
import type { ReadTile } from '../../src/prove.ts';
import { edgeTiles, encodeEntry, TILE_WIDTH, type Tile, tilePath } from '../../src/tiles.ts';

/** What `numbered` says in entry i. */
export const entryText = (i: number): string => `entry ${i}`;

export class MemoryLog {
  readonly entries: Uint8Array[] = [];
  readonly leaves: Hash[] = [];
  /** Tiles by path. */
  readonly files = new Map<string, Uint8Array>();
  readonly edge = new Edge();

  append(entry: Uint8Array): void {
    this.entries.push(entry);
    this.leaves.push(leafHash(entry));
    for (const { hashes, ...tile } of this.edge.append(this.leaves.at(-1)!)) {
      this.files.set(tilePath(tile), concat(...hashes));
      if (tile.level === 0) this.#writeEntries({ ...tile, level: 'entries' });
    }
  }

  /** Writes the partial tiles of the present size. */
  publish(): void {
    for (const tile of edgeTiles(this.edge.size)) {
      if (tile.width === TILE_WIDTH) continue;
      if (tile.level === 'entries') this.#writeEntries(tile);
      else this.files.set(tilePath(tile), concat(...this.edge.partial(tile.level)));
    }
  }

  /** Reads a file that was written, and no other. */
  readonly read: ReadTile = async (tile) => {
    const bytes = this.files.get(tilePath(tile));
    if (!bytes) throw new Error(`There is no file ${tilePath(tile)}.`);
    return bytes;
  };

  /** Reads the first hashes of the widest tile there is, for a size that was never published. */
  readonly readWider: ReadTile = async ({ level, index, width }) => {
    if (level === 'entries') throw new Error('Only hashes are read like this.');
    const full = this.files.get(tilePath({ level, index, width: TILE_WIDTH }));
    return (full ?? concat(...this.edge.partial(level))).subarray(0, width * HASH_SIZE);
  };

  #writeEntries(tile: Tile): void {
    const from = tile.index * TILE_WIDTH;
    this.files.set(tilePath(tile), concat(...this.entries.slice(from, from + tile.width).map(encodeEntry)));
  }
}

/** A log of `size` entries, each with its number in it. Partial tiles are there for the sizes `published` and for the last. */
export function numbered(size: number, published: readonly number[] = []): MemoryLog {
  const log = new MemoryLog();
  for (let i = 0; i < size; i += 1) {
    if (published.includes(i)) log.publish();
    log.append(utf8(entryText(i)));
  }
  log.publish();
  return log;
}
