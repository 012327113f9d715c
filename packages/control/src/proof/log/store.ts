/** The files of a log: what is staged, its tiles, and the checkpoint that is served. */

import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TILE_WIDTH, type Tile, tilePath } from '@lethe/tlog';
import type { LogFile } from './batch.ts';
import { diskError, replaceFiles } from './durable.ts';

/** Durable steps of the log. Each returns when its bytes are on disk; a test's store fails, or does it and fails, at each. */
export interface LogStore {
  /** Step 1: keeps a batch aside, in place of the one before. */
  stage(batch: Uint8Array): Promise<void>;
  staged(): Promise<Uint8Array | undefined>;
  /** Step 3: writes tiles and bundles; writing the same again changes nothing. */
  writeTiles(files: readonly LogFile[]): Promise<void>;
  /** A tile or bundle, or undefined. For a partial one that is gone the full one is read. */
  readTile(tile: Tile): Promise<Uint8Array | undefined>;
  /** Step 4: replaces the checkpoint that is served. */
  publish(checkpoint: Uint8Array): Promise<void>;
  published(): Promise<Uint8Array | undefined>;
  /** Removes the partial forms of a tile that is full. */
  dropPartial(tile: Tile): Promise<void>;
}

/** The files of a log in a directory, which may be served as it is, and its staged batch in another, which is not. */
export class LogDirectory implements LogStore {
  readonly #directory: string;
  readonly #staging: string;
  constructor(directory: string, staging: string) {
    this.#directory = directory;
    this.#staging = join(staging, 'staged');
  }

  stage(batch: Uint8Array): Promise<void> {
    return this.#replace([{ file: this.#staging, bytes: batch }]);
  }

  staged(): Promise<Uint8Array | undefined> {
    return this.#readFile(this.#staging);
  }

  writeTiles(files: readonly LogFile[]): Promise<void> {
    return this.#write(files);
  }

  async readTile(tile: Tile): Promise<Uint8Array | undefined> {
    const bytes = await this.#read(tilePath(tile));
    if (bytes || tile.width === TILE_WIDTH) return bytes;
    const full = await this.#read(tilePath({ ...tile, width: TILE_WIDTH }));
    return full && firstOf(full, tile);
  }

  publish(checkpoint: Uint8Array): Promise<void> {
    return this.#write([{ path: 'checkpoint', bytes: checkpoint }]);
  }

  published(): Promise<Uint8Array | undefined> {
    return this.#read('checkpoint');
  }

  async dropPartial(tile: Tile): Promise<void> {
    await rm(dirname(join(this.#directory, tilePath({ ...tile, width: 1 }))), { recursive: true, force: true });
  }

  #write(files: readonly LogFile[]): Promise<void> {
    return this.#replace(files.map(({ path, bytes }) => ({ file: join(this.#directory, path), bytes })));
  }

  async #replace(files: readonly { file: string; bytes: Uint8Array }[]): Promise<void> {
    try {
      await replaceFiles(files);
    } catch (cause) {
      throw diskError(cause);
    }
  }

  #read(path: string): Promise<Uint8Array | undefined> {
    return this.#readFile(join(this.#directory, path));
  }

  async #readFile(file: string): Promise<Uint8Array | undefined> {
    try {
      return await readFile(file);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw diskError(cause);
    }
  }
}

/** The first hashes or entries of a full tile, as its partial form of that width had them. */
export function firstOf(full: Uint8Array, { level, width }: Tile): Uint8Array {
  if (level !== 'entries') return full.subarray(0, width * 32);
  let at = 0;
  for (let i = 0; i < width && at + 2 <= full.length; i += 1) at += 2 + full[at]! * 256 + full[at + 1]!;
  return full.subarray(0, at);
}
