/**
 * What this browser keeps, in IndexedDB, which no browser synchronises. One shelf per account, named by a hash of its e-mail
 * address, so that two people who share a browser never get each other's owner key. Private keys of devices are never written
 * anywhere: they live in this object until the page that shows them is left. The session is the browser's httpOnly cookie.
 */

import { type Marks, noMarks, type OwnerStore } from '@lethe/api/owner-store';
import { Secret, toHex, utf8 } from '@lethe/core';
import { type Database, openDatabase } from './database.ts';

interface Shelf {
  seed: Uint8Array | null;
  marks: Marks;
  /** True once the customer said that the recovery key is in a safe place. */
  recoverySaved: boolean;
}

const CURRENT = 'current';
const emptyShelf = (): Shelf => ({ seed: null, marks: noMarks(), recoverySaved: false });

export class BrowserStore implements OwnerStore {
  readonly #deviceKeys = new Map<string, Secret<'wireguard'>>();
  #opened: Promise<Database> | undefined;

  #database(): Promise<Database> {
    this.#opened ??= openDatabase('lethe', 'shelves');
    return this.#opened;
  }

  /** Chooses the shelf of an account; call before signing in. */
  async chooseAccount(email: string): Promise<void> {
    const digest = await crypto.subtle.digest('SHA-256', utf8(email.trim().normalize('NFC').toLowerCase()));
    await (await this.#database()).put(CURRENT, toHex(new Uint8Array(digest)));
  }

  async #read(): Promise<Shelf> {
    const database = await this.#database();
    const name = await database.get<string>(CURRENT);
    return { ...emptyShelf(), ...(name ? await database.get<Partial<Shelf>>(name) : undefined) };
  }

  async #change(change: Partial<Shelf>): Promise<void> {
    const database = await this.#database();
    const name = await database.get<string>(CURRENT);
    if (name) await database.merge(name, change);
  }

  async loadSeed(): Promise<Secret<'owner-seed'> | null> {
    const { seed } = await this.#read();
    return seed && new Secret('owner-seed', seed);
  }

  /** A new seed asks the browser not to evict it; browsers may refuse, which is one reason for the recovery key. */
  async saveSeed(seed: Secret<'owner-seed'> | null): Promise<void> {
    await this.#change({ seed: seed?.reveal() ?? null });
    if (seed) await navigator.storage?.persist?.().catch(() => false);
  }

  async loadToken(): Promise<null> {
    return null;
  }

  async saveToken(): Promise<void> {}

  async loadMarks(): Promise<Marks> {
    return (await this.#read()).marks;
  }

  async saveMarks(marks: Marks): Promise<void> {
    await this.#change({ marks });
  }

  async loadDeviceKey(publicKey: string): Promise<Secret<'wireguard'> | null> {
    return this.#deviceKeys.get(publicKey) ?? null;
  }

  async saveDeviceKey(publicKey: string, key: Secret<'wireguard'> | null): Promise<void> {
    if (key) this.#deviceKeys.set(publicKey, key);
    else this.#deviceKeys.delete(publicKey);
  }

  async isRecoverySaved(): Promise<boolean> {
    return (await this.#read()).recoverySaved;
  }

  async markRecoverySaved(): Promise<void> {
    await this.#change({ recoverySaved: true });
  }

  /** Forgets the current account: its shelf and which one it was. */
  async clear(): Promise<void> {
    this.#deviceKeys.clear();
    const database = await this.#database();
    const name = await database.get<string>(CURRENT);
    if (name) await database.delete(name);
    await database.delete(CURRENT);
  }
}
