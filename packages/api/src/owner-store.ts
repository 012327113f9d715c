/** What the customer's side keeps, behind an interface: files for the command line, IndexedDB for the page, memory for tests. */

import type { Secret } from '@lethe/core';

/** The newest state this device has seen. An older one from the service is refused, so that it cannot bring back a removed device. */
export interface Marks {
  vaultVersion: number;
  /** Counter of the newest device list this device has made or seen in the vault, by server id. */
  counters: Record<string, number>;
  /** Highest counter that a server itself has confirmed to this device, by server id. */
  signed: Record<string, number>;
}

export const noMarks = (): Marks => ({ vaultVersion: 0, counters: {}, signed: {} });

export interface OwnerStore {
  loadSeed(): Promise<Secret<'owner-seed'> | null>;
  /** Null forgets it. */
  saveSeed(seed: Secret<'owner-seed'> | null): Promise<void>;
  /** The session token; always null where the browser's cookie is the session. */
  loadToken(): Promise<string | null>;
  saveToken(token: string | null): Promise<void>;
  loadMarks(): Promise<Marks>;
  saveMarks(marks: Marks): Promise<void>;
  /** Private key of a device by its public key (base64). Null if it was made elsewhere. */
  loadDeviceKey(publicKey: string): Promise<Secret<'wireguard'> | null>;
  /** Null forgets it. */
  saveDeviceKey(publicKey: string, key: Secret<'wireguard'> | null): Promise<void>;
  /** Forgets everything. */
  clear(): Promise<void>;
}

/** A store that lives as long as the object. */
export class MemoryStore implements OwnerStore {
  #seed: Secret<'owner-seed'> | null = null;
  #token: string | null = null;
  #marks: Marks = noMarks();
  readonly #keys = new Map<string, Secret<'wireguard'>>();

  async loadSeed() {
    return this.#seed;
  }
  async saveSeed(seed: Secret<'owner-seed'> | null) {
    this.#seed = seed;
  }
  async loadToken() {
    return this.#token;
  }
  async saveToken(token: string | null) {
    this.#token = token;
  }
  async loadMarks() {
    return structuredClone(this.#marks);
  }
  async saveMarks(marks: Marks) {
    this.#marks = structuredClone(marks);
  }
  async loadDeviceKey(publicKey: string) {
    return this.#keys.get(publicKey) ?? null;
  }
  async saveDeviceKey(publicKey: string, key: Secret<'wireguard'> | null) {
    if (key) this.#keys.set(publicKey, key);
    else this.#keys.delete(publicKey);
  }
  async clear() {
    this.#seed = null;
    this.#token = null;
    this.#marks = noMarks();
    this.#keys.clear();
  }
}
