/** Reading a log's static files, from a directory or over HTTP, as anybody can. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LetheError } from '@lethe/core';
import { MAX_NOTE, TILE_WIDTH, type Tile, tilePath } from '@lethe/tlog';
import { firstOf } from './store.ts';

/** Largest file that is read: a bundle of 256 entries of 65,535 bytes and their lengths. */
const MAX_FILE = TILE_WIDTH * (65_535 + 2);

/** Milliseconds until a server that does not answer is given up. */
const TIMEOUT_MS = 30_000;

/** The public files of a log. */
export interface LogReader {
  checkpoint(): Promise<Uint8Array>;
  /** The bytes of a tile or bundle; a partial one that is gone is cut from the full one. Throws `not_found`, `unreachable`. */
  tile(tile: Tile): Promise<Uint8Array>;
}

/** Reads a file below a place: its bytes, or undefined if it is not there. Throws `unreachable`, `too_large`. */
export type ReadFile = (path: string, limit: number) => Promise<Uint8Array | undefined>;

/** The files below an address (`http:` or `https:`) or in a directory. */
export const openFiles = (where: string): ReadFile => (/^https?:\/\//.test(where) ? httpFile(where) : diskFile(where));

/** Reads the log at an address or in a directory. */
export function openReader(where: string): LogReader {
  const read = openFiles(where);
  return {
    checkpoint: async () => required(await read('checkpoint', MAX_NOTE), 'checkpoint'),
    async tile(tile) {
      const bytes = await read(tilePath(tile), MAX_FILE);
      if (bytes) return bytes;
      const full = { ...tile, width: TILE_WIDTH };
      const wide = tile.width < TILE_WIDTH ? await read(tilePath(full), MAX_FILE) : undefined;
      return firstOf(required(wide, tilePath(tile)), tile);
    },
  };
}

const diskFile =
  (directory: string): ReadFile =>
  async (path, limit) => {
    try {
      const bytes = await readFile(join(directory, path));
      if (bytes.length > limit) throw new LetheError('too_large', `The file ${path} is longer than any of its kind.`);
      return bytes;
    } catch (cause) {
      if (cause instanceof LetheError) throw cause;
      if (['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')) return undefined;
      throw new LetheError('unreachable', `The file ${path} of the log cannot be read.`, { cause });
    }
  };

const httpFile =
  (address: string): ReadFile =>
  async (path, limit) => {
    const url = new URL(path, address.endsWith('/') ? address : `${address}/`);
    try {
      // A log has one address: whoever can answer for it must not send us elsewhere.
      const answer = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
      if (answer.status === 404) {
        await answer.body?.cancel();
        return undefined;
      }
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      return await limited(answer, limit);
    } catch (cause) {
      if (cause instanceof LetheError) throw cause;
      throw new LetheError('unreachable', `The log does not answer for ${path}.`, { cause });
    }
  };

async function limited(answer: Response, limit: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of answer.body ?? []) {
    length += part.length;
    if (length > limit) throw new LetheError('too_large', 'The log sends a file that is longer than any of its kind.');
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function required(bytes: Uint8Array | undefined, path: string): Uint8Array {
  if (!bytes) throw new LetheError('not_found', `The log has no ${path}.`);
  return bytes;
}
