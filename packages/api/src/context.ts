/** What every workflow works with: the client, the store and the owner's keys, and one queue for changes of the vault. */

import { LetheError, type OwnerKeys, ownerKeys } from '@lethe/core';
import { type Client, type ClientOptions, createClient } from './client.ts';
import type { Marks, OwnerStore } from './owner-store.ts';
import type { Vault } from './vault.ts';

export interface Context {
  client: Client;
  store: OwnerStore;
  /** The owner's keys. Throws `not_signed_in` if this device has none. */
  keys(): Promise<OwnerKeys>;
  /** The vault as this process last saw it; null before, and after the keys changed. */
  lastVault: Vault | null;
  /** Forgets derived keys and the last vault; call after the seed in the store changed. */
  dropKeys(): void;
  /** Edits what this device has seen, one change after another: none writes over a newer mark with an older one. */
  changeMarks(change: (marks: Marks) => void): Promise<void>;
  /** Runs changes of the vault one after another, so that one process never conflicts with itself. */
  queue<T>(work: () => Promise<T>): Promise<T>;
}

export interface CustomerOptions {
  /** Base address of the service; empty in a page served by the service itself. */
  service: string;
  store: OwnerStore;
  fetch?: ClientOptions['fetch'];
}

export function createContext(options: CustomerOptions): Context {
  const { store } = options;
  let derived: Promise<OwnerKeys> | undefined;
  const marksQueue = newQueue();
  const keys = async () => {
    derived ??= deriveKeys(store);
    derived.catch(() => {
      derived = undefined;
    });
    return derived;
  };
  const client = createClient({
    service: options.service,
    token: () => store.loadToken(),
    keys,
    ...(options.fetch && { fetch: options.fetch }),
  });
  return {
    client,
    store,
    keys,
    lastVault: null,
    dropKeys() {
      derived = undefined;
      this.lastVault = null;
    },
    changeMarks: (change) =>
      marksQueue(async () => {
        const marks = await store.loadMarks();
        const before = JSON.stringify(marks);
        change(marks);
        if (JSON.stringify(marks) !== before) await store.saveMarks(marks);
      }),
    queue: newQueue(),
  };
}

/** Runs pieces of work one after another, each whether or not the one before it failed. */
function newQueue() {
  let tail: Promise<unknown> = Promise.resolve();
  return <T>(work: () => Promise<T>): Promise<T> => {
    const run = tail.then(work, work);
    tail = run.catch(() => {});
    return run;
  };
}

async function deriveKeys(store: OwnerStore): Promise<OwnerKeys> {
  const seed = await store.loadSeed();
  if (!seed)
    throw new LetheError('not_signed_in', 'This device has no owner key. Sign in, or import your recovery key.');
  return ownerKeys(seed);
}
