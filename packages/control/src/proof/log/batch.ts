/** A batch of entries on its way into the log: what is staged, and the files it becomes. */

import { concat, equalBytes, LetheError } from '@lethe/core';
import { type Edge, encodeEntry, leafHash, parseEntries, TILE_WIDTH, type Tile, tilePath } from '@lethe/tlog';
import { sha256 } from '@noble/hashes/sha2.js';

/** Entries that follow the first `oldSize` of the log. */
export interface Batch {
  oldSize: number;
  entries: readonly Uint8Array[];
}

/** A file of the log, by its path below the log's address. */
export interface LogFile {
  path: string;
  bytes: Uint8Array;
}

const HEADER = 16;
const DIGEST = 32;

/** Staged form: old size and count (64 bits each, big endian), the entries as in a bundle, and SHA-256 over all of it. */
export function encodeBatch({ oldSize, entries }: Batch): Uint8Array<ArrayBuffer> {
  const header = new DataView(new ArrayBuffer(HEADER));
  header.setBigUint64(0, BigInt(oldSize));
  header.setBigUint64(8, BigInt(entries.length));
  const body = concat(new Uint8Array(header.buffer), ...entries.map(encodeEntry));
  return concat(body, sha256(body));
}

/** The batch that was staged. Throws `log_broken` if a byte of it changed. */
export function parseBatch(bytes: Uint8Array): Batch {
  const body = bytes.subarray(0, -DIGEST);
  if (bytes.length < HEADER + DIGEST || !equalBytes(sha256(body), bytes.subarray(-DIGEST)))
    throw new LetheError('log_broken', 'The staged batch of the log is damaged. Nothing was changed.');
  const header = new DataView(body.buffer, body.byteOffset, HEADER);
  const count = Number(header.getBigUint64(8));
  return { oldSize: Number(header.getBigUint64(0)), entries: parseEntries(body.subarray(HEADER), count) };
}

/**
 * Appends the batch to `edge` and returns the files that the log gains: tiles and bundles that became full, and the partial ones at its
 * new right edge. `tail` holds the entries behind the last full bundle and is replaced by the new ones.
 */
export function applyBatch(edge: Edge, tail: Uint8Array[], entries: readonly Uint8Array[]): LogFile[] {
  const files: LogFile[] = [];
  const bundle = (width: number): void => {
    const index = Math.ceil(edge.size / TILE_WIDTH) - 1;
    files.push(file({ level: 'entries', index, width }, tail.map(encodeEntry)));
  };
  for (const entry of entries) {
    tail.push(entry);
    for (const tile of edge.append(leafHash(entry))) files.push(file(tile, tile.hashes));
    if (tail.length < TILE_WIDTH) continue;
    bundle(TILE_WIDTH);
    tail.length = 0;
  }
  if (tail.length > 0) bundle(tail.length);
  for (let level = 0; level < edge.height; level += 1) {
    const hashes = edge.partial(level);
    const index = Math.floor(edge.size / TILE_WIDTH ** (level + 1));
    if (hashes.length > 0) files.push(file({ level, index, width: hashes.length }, hashes));
  }
  return files;
}

const file = (tile: Tile, parts: readonly Uint8Array[]): LogFile => ({
  path: tilePath(tile),
  bytes: concat(...parts),
});
