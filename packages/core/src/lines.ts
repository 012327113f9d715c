/** Newline-delimited JSON over a byte stream, with a bound on the length of a line. Pure: bytes in, values out. */

import { concat, fromUtf8 } from './bytes.ts';
import { LetheError } from './errors.ts';

const NEWLINE = 10;
/** Pieces after which they are joined, so that a line sent byte by byte costs no array of its length. */
const MOST_PIECES = 4096;

/**
 * Splits incoming bytes into lines and parses each. Each byte is looked at once, and joined with what came before only every few thousand
 * pieces: a hostile sender of single bytes cannot make its reader slow.
 */
export class LineReader {
  /** Pieces of the line that has not ended yet. */
  #pieces: Uint8Array[] = [];
  #pending = 0;
  readonly #limit: number;

  /** `limit` is the longest line in bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The values completed by this chunk. Throws `too_large` for a longer line and `bad_encoding` for what is not JSON. */
  push(chunk: Uint8Array): unknown[] {
    const values: unknown[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      this.#keep(chunk.subarray(start, end));
      values.push(this.#finish());
      start = end + 1;
    }
    // A copy: the caller may use its buffer again. Not `slice`, which makes none of Node's Buffers.
    this.#keep(new Uint8Array(chunk.subarray(start)));
    return values;
  }

  #keep(piece: Uint8Array): void {
    this.#pending += piece.length;
    if (this.#pending > this.#limit) throw new LetheError('too_large', 'A message on the channel is too long.');
    if (piece.length > 0) this.#pieces.push(piece);
    if (this.#pieces.length >= MOST_PIECES) this.#pieces = [concat(...this.#pieces)];
  }

  #finish(): unknown {
    const line = concat(...this.#pieces);
    this.#pieces = [];
    this.#pending = 0;
    try {
      return JSON.parse(fromUtf8(line));
    } catch (cause) {
      throw new LetheError('bad_encoding', 'A message on the channel is not JSON.', { cause });
    }
  }
}

/** One value as a line. */
export const toLine = (value: unknown): string => `${JSON.stringify(value)}\n`;
