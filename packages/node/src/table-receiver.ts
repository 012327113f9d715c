/**
 * Takes a block table from the host in parts, at the pace of this machine, checks it whole and puts it where the filter reads it. The
 * old table stays until the new one is complete and right.
 */

import { createHash } from 'node:crypto';
import { chmodSync, closeSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { MAX_TABLE_BYTES, TABLE_PART_BYTES } from '@lethe/core/agent-protocol';
import { fromBase64 } from '@lethe/core/bytes';

interface Coming {
  digest: string;
  size: number;
  received: number;
  file: number;
}

export class TableReceiver {
  readonly #path: string;
  readonly #want: (offset: number) => void;
  #current: string | null = null;
  #coming: Coming | null = null;

  /** `want` asks the host for the part that begins at an offset. */
  constructor(path: string, want: (offset: number) => void) {
    this.#path = path;
    this.#want = want;
  }

  /** The host names the table that should be in use. */
  announced(digest: string, size: number): void {
    this.#current ??= digestOf(this.#path);
    if (digest === this.#current || size < 1 || size > MAX_TABLE_BYTES) return;
    this.drop();
    this.#coming = { digest, size, received: 0, file: openSync(`${this.#path}.new`, 'w') };
    this.#want(0);
  }

  /** Takes a part. Returns true once a new table is in place. A part that was not asked for is ignored; a wrong table is thrown away. */
  part(offset: number, data: string): boolean {
    const coming = this.#coming;
    if (!coming || offset !== coming.received) return false;
    const bytes = fromBase64(data);
    if (bytes.length === 0 || bytes.length > TABLE_PART_BYTES || offset + bytes.length > coming.size) {
      this.drop();
      return false;
    }
    writeSync(coming.file, bytes);
    coming.received += bytes.length;
    if (coming.received < coming.size) {
      this.#want(coming.received);
      return false;
    }
    const right = digestOf(`${this.#path}.new`) === coming.digest;
    if (right) {
      chmodSync(`${this.#path}.new`, 0o644); // for the filter's user
      renameSync(`${this.#path}.new`, this.#path);
    }
    if (right) this.#current = coming.digest;
    this.drop();
    return right;
  }

  /** The line to the host ended: what was on its way is asked for anew when the host names it again. */
  drop(): void {
    if (this.#coming) closeSync(this.#coming.file);
    this.#coming = null;
    rmSync(`${this.#path}.new`, { force: true });
  }
}

/** Hex SHA-256 of a file, or null if there is none. */
function digestOf(path: string): string | null {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex');
  } catch {
    return null;
  }
}
