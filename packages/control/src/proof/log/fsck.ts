/** Rebuilds a log's tree from its entries alone and compares it with everything the log serves. */

import { concat, equalBytes, LetheError } from '@lethe/core';
import {
  Edge,
  leafHash,
  parseCheckpoint,
  parseEntries,
  parseNote,
  type ReadyPolicy,
  TILE_WIDTH,
  tilePath,
  tileWidth,
  verifyCheckpoint,
} from '@lethe/tlog';
import type { LogReader } from './read.ts';

export interface FsckOptions {
  /** Which logs and witnesses to believe. Without it the signatures are not checked, and the result says so. */
  policy?: ReadyPolicy;
  /** Called after each bundle with the number of entries read. */
  onProgress?(done: number, size: number): void;
  /** Called with each entry, in order. */
  onEntry?(entry: Uint8Array, index: number): void;
}

export interface FsckResult {
  origin: string;
  size: number;
  /** True if the checkpoint's signatures were verified by a policy. */
  signed: boolean;
  /** Tiles of hashes and bundles that were compared. */
  tiles: number;
}

/** Bundles that are fetched ahead. */
const AHEAD = 4;

/**
 * Verifies the checkpoint, reads every entry, rebuilds every tile and the root, and compares each with what is served.
 * Throws the codes of `verifyCheckpoint`, `log_broken` naming the first file that differs, `not_found`, `unreachable`.
 */
export async function fsck(reader: LogReader, options: FsckOptions = {}): Promise<FsckResult> {
  const note = await reader.checkpoint();
  const checkpoint = options.policy
    ? await verifyCheckpoint(note, options.policy)
    : parseCheckpoint(parseNote(note).text);
  const { size, origin, root } = checkpoint;
  const edge = new Edge();
  let tiles = 0;

  const compare = async (level: number, index: number, hashes: readonly Uint8Array[]): Promise<void> => {
    const tile = { level, index, width: hashes.length };
    if (!equalBytes(await reader.tile(tile), concat(...hashes))) throw differs(tilePath(tile));
    tiles += 1;
  };

  for await (const { index, entries } of bundles(reader, size)) {
    for (const [i, entry] of entries.entries()) {
      options.onEntry?.(entry, index * TILE_WIDTH + i);
      for (const tile of edge.append(leafHash(entry))) await compare(tile.level, tile.index, tile.hashes);
    }
    tiles += 1;
    options.onProgress?.(edge.size, size);
  }
  for (let level = 0; level < edge.height; level += 1) {
    const hashes = edge.partial(level);
    if (hashes.length > 0) await compare(level, Math.floor(size / TILE_WIDTH ** (level + 1)), hashes);
  }
  if (!equalBytes(edge.root(), root)) throw differs('checkpoint');
  return { origin, size, signed: options.policy !== undefined, tiles };
}

/** The bundles of a log in order, some of them fetched ahead. */
async function* bundles(reader: LogReader, size: number): AsyncGenerator<{ index: number; entries: Uint8Array[] }> {
  const count = Math.ceil(size / TILE_WIDTH);
  const fetchBundle = (index: number): Promise<Uint8Array[]> => {
    const width = tileWidth('entries', index, size);
    const tile = { level: 'entries' as const, index, width };
    const entries = reader.tile(tile).then((bytes) => {
      try {
        return parseEntries(bytes, width);
      } catch {
        throw differs(tilePath(tile));
      }
    });
    entries.catch(() => {}); // Seen when its turn comes; not an unhandled rejection until then.
    return entries;
  };
  const ahead: Promise<Uint8Array[]>[] = [];
  for (let index = 0; index < count; index += 1) {
    while (ahead.length < AHEAD && index + ahead.length < count) ahead.push(fetchBundle(index + ahead.length));
    yield { index, entries: await ahead.shift()! };
  }
}

const differs = (path: string): LetheError =>
  new LetheError(
    'log_broken',
    `The log's file ${path} does not fit its entries. The log has changed what it published.`,
  );
