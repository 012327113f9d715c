/** Newline-delimited JSON over a byte stream, with a bound on the length of a line. Pure: bytes in, values out. */

import { fromUtf8 } from './bytes.ts';
import { LetheError } from './errors.ts';

/** Splits incoming bytes into lines and parses each. Throws `too_large` for a longer line and `bad_encoding` for what is not JSON. */
export class LineReader {
  #pending = new Uint8Array(0);
  readonly #limit: number;
  constructor(limit: number) {
    this.#limit = limit;
  }
  /** The values completed by this chunk. */
  push(chunk: Uint8Array): unknown[] {
    const joined = new Uint8Array(this.#pending.length + chunk.length);
    joined.set(this.#pending);
    joined.set(chunk, this.#pending.length);
    const values: unknown[] = [];
    let start = 0;
    for (let end = joined.indexOf(10); end !== -1; end = joined.indexOf(10, start)) {
      values.push(this.#parse(joined.subarray(start, end)));
      start = end + 1;
    }
    this.#pending = joined.slice(start);
    if (this.#pending.length > this.#limit) throw new LetheError('too_large', 'A message on the channel is too long.');
    return values;
  }
  #parse(line: Uint8Array): unknown {
    if (line.length > this.#limit) throw new LetheError('too_large', 'A message on the channel is too long.');
    try {
      return JSON.parse(fromUtf8(line));
    } catch (cause) {
      throw new LetheError('bad_encoding', 'A message on the channel is not JSON.', { cause });
    }
  }
}

/** One value as a line. */
export const toLine = (value: unknown): string => `${JSON.stringify(value)}\n`;
