/** Gathers what a parser finds, within bounds: a hostile file costs no more than a large one. */

import type { ParsedConfig } from './entry.ts';

/** Entries kept of one file; a file with more is broken. */
export const MOST_ENTRIES = 20_000;
/** Blocks within blocks. */
export const DEEPEST = 64;

export class Collector {
  readonly result: ParsedConfig = { entries: [], broken: [] };
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** True once nothing more is kept. */
  full = false;

  add(key: string, value: string, line: number): void {
    if (this.full) return;
    if (this.result.entries.length < MOST_ENTRIES) this.result.entries.push({ key, value, file: this.#file, line });
    else this.stop(line);
  }

  /** A line that is not of the syntax; each is named once. */
  broken(line: number): void {
    const { broken } = this.result;
    if (broken.length < MOST_ENTRIES && broken.at(-1)?.line !== line) broken.push({ file: this.#file, line });
  }

  stop(line: number): void {
    this.full = true;
    this.broken(line);
  }
}
