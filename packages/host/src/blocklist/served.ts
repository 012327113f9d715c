/**
 * The block table that this host hands to its servers: a file that `lethe blocklist update` puts in place whole, by rename. It is
 * public data and the same for every server; what an owner's filter makes of it stays on the server.
 */

import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { MAX_TABLE_BYTES } from '@lethe/core';

const LOOK_EVERY_MS = 5000;

export interface Table {
  /** Hex SHA-256. */
  digest: string;
  bytes: Uint8Array;
}

export class Blocklist {
  readonly #path: string;
  #seen = '';
  #current: Table | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  /** The newest table that could be read; null before there is any. */
  get current(): Table | null {
    return this.#current;
  }

  /** Reads the file if it changed. True if there is another table now; without one, or with one that cannot be read, the old one stays. */
  async refresh(): Promise<boolean> {
    try {
      const { mtimeMs, size, ino } = await stat(this.#path);
      const now = `${mtimeMs} ${size} ${ino}`;
      if (now === this.#seen || size < 1 || size > MAX_TABLE_BYTES) return false;
      const bytes = await readFile(this.#path);
      this.#seen = now;
      const digest = createHash('sha256').update(bytes).digest('hex');
      if (digest === this.#current?.digest) return false;
      this.#current = { digest, bytes };
      return true;
    } catch {
      return false;
    }
  }

  /** Looks at the file until the signal comes, and calls back when there is another table. */
  async watch(onChange: () => void, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (await this.refresh()) onChange();
      await sleep(LOOK_EVERY_MS, undefined, { signal, ref: false }).catch(() => {});
    }
  }
}
