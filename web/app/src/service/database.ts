/** A key-value store in IndexedDB. A change is durable when its promise resolves. */

import { LetheError } from '@lethe/core';

export interface Database {
  get<T>(key: string): Promise<T | undefined>;
  put(key: string, value: unknown): Promise<void>;
  /** Reads and writes in one transaction, so that two tabs never lose each other's change. */
  merge(key: string, change: object): Promise<void>;
  delete(key: string): Promise<void>;
}

const refused = (cause: unknown): LetheError =>
  new LetheError(
    'internal',
    'This browser does not let the page keep your owner key. Leave private browsing or allow site data, then load the page again.',
    { cause },
  );

/** Opens the store, making it at first. Throws `internal` where the browser forbids storage. */
export async function openDatabase(name: string, storeName: string): Promise<Database> {
  const opening = indexedDB.open(name, 1);
  opening.addEventListener('upgradeneeded', () => opening.result.createObjectStore(storeName));
  const database = await result(opening);
  const write = async (work: (store: IDBObjectStore) => void): Promise<void> => {
    const transaction = database.transaction(storeName, 'readwrite', { durability: 'strict' });
    work(transaction.objectStore(storeName));
    await new Promise<void>((resolve, reject) => {
      transaction.addEventListener('complete', () => resolve());
      transaction.addEventListener('abort', () => reject(refused(transaction.error)));
    });
  };
  return {
    get: (key) => result(database.transaction(storeName).objectStore(storeName).get(key)),
    put: (key, value) => write((store) => store.put(value, key)),
    merge: (key, change) =>
      write((store) => {
        const reading = store.get(key);
        reading.addEventListener('success', () => store.put({ ...reading.result, ...change }, key));
      }),
    delete: (key) => write((store) => store.delete(key)),
  };
}

const result = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(refused(request.error)));
  });
