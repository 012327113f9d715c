/** The right edge of a growing tree: what is needed to append entries and to know the root, some kilobytes at any size. */

import { LetheError } from '@lethe/core';
import { EMPTY_ROOT, type Hash, nodeHash, rootOfHashes } from './merkle.ts';
import { TILE_WIDTH, type Tile } from './tiles.ts';

/** A tile that just became full, with its 256 hashes. */
export interface FullTile extends Tile {
  level: number;
  hashes: readonly Hash[];
}

export class Edge {
  /** By level: the hashes of the last tile, fewer than 256. */
  readonly #levels: Hash[][];
  #size: number;

  /** An empty tree, or the edge of one: the hashes of the partial tile of each level from 0 up (empty where there is none). Throws `bad_tile`. */
  constructor(size = 0, levels: readonly (readonly Hash[])[] = []) {
    if (levels.some((hashes, level) => hashes.length !== Math.floor(size / TILE_WIDTH ** level) % TILE_WIDTH))
      throw new LetheError('bad_tile', 'The right edge of the tree has not the width of its size.');
    this.#size = size;
    this.#levels = levels.map((hashes) => [...hashes]);
  }

  get size(): number {
    return this.#size;
  }

  /** The hashes of the partial tile at a level; none if it is empty. */
  partial(level: number): readonly Hash[] {
    return this.#levels[level] ?? [];
  }

  get height(): number {
    return this.#levels.length;
  }

  /** Appends a leaf hash. Returns the tiles it completed, lowest first. */
  append(leaf: Hash): FullTile[] {
    const full: FullTile[] = [];
    let hash = leaf;
    for (let level = 0; ; level += 1) {
      this.#levels[level] ??= [];
      const hashes = this.#levels[level]!;
      hashes.push(hash);
      if (hashes.length < TILE_WIDTH) break;
      const index = Math.floor(this.#size / TILE_WIDTH ** (level + 1));
      full.push({ level, index, width: TILE_WIDTH, hashes });
      this.#levels[level] = [];
      hash = rootOfHashes(hashes);
    }
    this.#size += 1;
    return full;
  }

  /** The root of the tree: the perfect subtrees of the edge, joined from the right. */
  root(): Hash {
    const subtrees: Hash[] = [];
    for (let level = this.#levels.length - 1; level >= 0; level -= 1) subtrees.push(...perfect(this.#levels[level]!));
    if (subtrees.length === 0) return EMPTY_ROOT;
    return subtrees.reduceRight((right, left) => nodeHash(left, right));
  }

  /** A copy that grows on its own. */
  clone(): Edge {
    return new Edge(this.#size, this.#levels);
  }
}

/** The roots of the perfect subtrees that a list of fewer than 256 hashes falls into, largest first. */
function perfect(hashes: readonly Hash[]): Hash[] {
  const roots: Hash[] = [];
  let at = 0;
  for (let width = TILE_WIDTH / 2; width >= 1; width /= 2) {
    if (hashes.length - at < width) continue;
    roots.push(rootOfHashes(hashes.slice(at, at + width)));
    at += width;
  }
  return roots;
}
