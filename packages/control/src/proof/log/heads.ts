/**
 * The newest state the log has signed, kept apart from the log's own files.
 *
 * Threat: the operator's own mistake. A data directory restored from a backup, or a second process, would sign a second history under
 * the same key (a self-split), and no later step can mend that. This store outlives the data directory and moves only forward by one
 * atomic step: state n + 1 is a new name that `link` gives to one process only.
 */

import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { equalBytes, LetheError } from '@lethe/core';
import { diskError, syncDirectory, writeTemporary } from './durable.ts';

/** Where the newest signed state is kept. */
export interface HeadStore {
  /** The newest state, or undefined if this log never signed one. */
  read(): Promise<Uint8Array | undefined>;
  /** Replaces exactly `from` by `to`, durably. Throws `log_split` if the newest state is another one; it stays then. */
  advance(from: Uint8Array | undefined, to: Uint8Array): Promise<void>;
}

/** States that are kept for a look back. */
const KEEP = 3;

/** A head store in a directory of its own: files named by a number that rises by one. */
export class HeadDirectory implements HeadStore {
  readonly #directory: string;
  constructor(directory: string) {
    this.#directory = directory;
  }

  async read(): Promise<Uint8Array | undefined> {
    try {
      const newest = (await this.#numbers()).at(-1);
      return newest === undefined ? undefined : await readFile(this.#file(newest));
    } catch (cause) {
      throw diskError(cause);
    }
  }

  async advance(from: Uint8Array | undefined, to: Uint8Array): Promise<void> {
    try {
      await mkdir(this.#directory, { recursive: true, mode: 0o755 });
      const newest = (await this.#numbers()).at(-1);
      const found = newest === undefined ? undefined : await readFile(this.#file(newest));
      if (from === undefined ? found !== undefined : found === undefined || !equalBytes(from, found)) throw split();
      await this.#create((newest ?? -1) + 1, to);
    } catch (cause) {
      throw diskError(cause);
    }
  }

  async #create(number: number, bytes: Uint8Array): Promise<void> {
    const temporary = await writeTemporary(join(this.#directory, `${number}.${randomUUID()}`), bytes);
    try {
      // Fails with EEXIST if another process took this step first.
      await link(temporary, this.#file(number)).catch((cause: NodeJS.ErrnoException) => {
        throw cause.code === 'EEXIST' ? split(cause) : cause;
      });
    } finally {
      await rm(temporary, { force: true });
    }
    await syncDirectory(this.#directory);
    const numbers = await this.#numbers();
    // A process that slept could find its number free again, since old ones are removed: then newer ones stand beside it.
    if (numbers.at(-1) !== number) {
      if (number < numbers.at(-1)! - 1) await rm(this.#file(number), { force: true });
      throw split();
    }
    for (const old of numbers.filter((n) => n <= number - KEEP)) await rm(this.#file(old), { force: true });
  }

  async #numbers(): Promise<number[]> {
    const names = await readdir(this.#directory).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    return names
      .filter((name) => /^\d{1,15}$/.test(name))
      .map(Number)
      .toSorted((a, b) => a - b);
  }

  #file(number: number): string {
    return join(this.#directory, String(number));
  }
}

const split = (cause?: unknown): LetheError =>
  new LetheError(
    'log_split',
    'Another process has moved this log on, or its files were restored from a backup. Nothing was signed. Run one process only, and on the newest data.',
    { cause },
  );
