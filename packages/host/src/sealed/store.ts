/** The sealed records of this host's servers, one file each, named after the server. */

import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isServerId, type Secret } from '@lethe/core';
import { diskError, removeTemporaries, shred, writeDurably } from './files.ts';
import { openRecord, type ServerRecord, sealRecord } from './record.ts';

export interface StoreContents {
  records: Map<string, ServerRecord>;
  /** Servers whose record is there and cannot be opened: their keys are lost. */
  damaged: string[];
}

export class SealedStore {
  readonly #directory: string;
  readonly #key: Secret<'host-seal'>;

  private constructor(directory: string, key: Secret<'host-seal'>) {
    this.#directory = directory;
    this.#key = key;
  }

  /** Opens the store, making its directory (0700) where it is missing. */
  static async open(directory: string, key: Secret<'host-seal'>): Promise<SealedStore> {
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      await removeTemporaries(directory);
    } catch (cause) {
      throw diskError(cause);
    }
    return new SealedStore(directory, key);
  }

  /** Everything in the store. A damaged record is reported, never an error. */
  async load(): Promise<StoreContents> {
    const contents: StoreContents = { records: new Map(), damaged: [] };
    for (const name of await readdir(this.#directory)) {
      if (!isServerId(name)) continue;
      try {
        contents.records.set(name, await openRecord(this.#key, name, await readFile(this.#file(name))));
      } catch {
        contents.damaged.push(name);
      }
    }
    return contents;
  }

  /** True if there is no record, not even a damaged one. */
  async isEmpty(): Promise<boolean> {
    return !(await readdir(this.#directory)).some(isServerId);
  }

  /** True if there is a record of the server, even a damaged one. */
  async has(id: string): Promise<boolean> {
    return (await readdir(this.#directory)).includes(id);
  }

  /** Writes a record; on disk when it returns. Throws `disk_full` or `internal` and leaves the old one then. */
  async write(id: string, record: ServerRecord): Promise<void> {
    await writeDurably(this.#file(id), await sealRecord(this.#key, id, record));
  }

  /** Overwrites and removes a record. Succeeds if there is none. */
  remove(id: string): Promise<void> {
    return shred(this.#file(id));
  }

  #file(id: string): string {
    return join(this.#directory, id);
  }
}
