/**
 * Which ids had a server here that was ended. Threat: a control plane that was taken over names a server as gone and then as wanted
 * again, with another owner or an old device list: without its record nothing would tell the two apart.
 *
 * One file for each day, with a keyed hash of each id and nothing else; kept for as long as a lease can last, then removed.
 */

import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { addDays, concat, dayOf, type Secret, utf8 } from '@lethe/core';
import { diskError, removeTemporaries, shred, writeDurably } from './files.ts';

/** Days that an id is remembered. */
const KEPT_DAYS = 40;
const HASH_BYTES = 32;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

export class EndedServers {
  readonly #directory: string;
  readonly #key: Secret<'host-seal'>;
  readonly #now: () => number;
  /** Hashes in hexadecimal by day. */
  readonly #days = new Map<string, Set<string>>();
  #writing: Promise<void> = Promise.resolve();
  /** True while something may not be on disk yet: adding it again writes it again. */
  #unwritten = false;

  private constructor(directory: string, key: Secret<'host-seal'>, now: () => number) {
    this.#directory = directory;
    this.#key = key;
    this.#now = now;
  }

  /** Opens the list, making its directory (0700) where it is missing. `now` gives milliseconds since 1970. */
  static async open(directory: string, key: Secret<'host-seal'>, now: () => number = Date.now): Promise<EndedServers> {
    const list = new EndedServers(directory, key, now);
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      await removeTemporaries(directory);
      for (const day of (await readdir(directory)).filter((name) => DAY.test(name))) {
        const hex = (await readFile(join(directory, day))).toString('hex');
        list.#days.set(day, new Set(hex.match(new RegExp(`.{${2 * HASH_BYTES}}`, 'g'))));
      }
    } catch (cause) {
      throw diskError(cause);
    }
    await list.purge();
    return list;
  }

  async has(id: string): Promise<boolean> {
    const hash = await this.#hash(id);
    return [...this.#days.values()].some((hashes) => hashes.has(hash));
  }

  /** Remembers an id; on disk when it returns. Throws `disk_full` or `internal`; it is remembered until the process ends then. */
  async add(id: string): Promise<void> {
    const [hash, day] = [await this.#hash(id), this.#today()];
    if (!this.#unwritten && (await this.has(id))) return;
    this.#unwritten = true;
    const hashes = this.#days.get(day) ?? new Set();
    this.#days.set(day, hashes.add(hash));
    this.#writing = this.#writing
      .catch(() => {})
      .then(() =>
        writeDurably(join(this.#directory, day), concat(...[...hashes].map((hex) => Buffer.from(hex, 'hex')))),
      );
    await this.#writing;
    this.#unwritten = false;
  }

  /** Forgets what is older than it may be. */
  async purge(): Promise<void> {
    const first = addDays(this.#today(), -KEPT_DAYS);
    for (const day of [...this.#days.keys()].filter((name) => name < first)) {
      this.#days.delete(day);
      await shred(join(this.#directory, day));
    }
  }

  #today(): string {
    return dayOf(this.#now());
  }

  async #hash(id: string): Promise<string> {
    const algorithm = { name: 'HMAC', hash: 'SHA-256' };
    const key = await crypto.subtle.importKey('raw', this.#key.reveal(), algorithm, false, ['sign']);
    return Buffer.from(await crypto.subtle.sign('HMAC', key, utf8(`lethe ended server v1 ${id}`))).toString('hex');
  }
}
