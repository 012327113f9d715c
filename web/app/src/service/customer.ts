/** The customer's library bound to this browser. The page does nothing that this library could not do elsewhere. */

import { answer, type Client, createClient } from '@lethe/api/client';
import { type Customer, openCustomer } from '@lethe/api/customer';
import type { ServerView } from '@lethe/api/schema';
import { openVault } from '@lethe/api/vault';
import { LetheError, type OwnerKeys, ownerKeys } from '@lethe/core';
import { BrowserStore } from './browser-store.ts';

export const store = new BrowserStore();

/** Keys derived from a seed are held in memory; another account therefore gets a fresh library and client. */
let customer = openCustomer({ service: '', store });
let owner: { client: Client; keys: OwnerKeys } | undefined;

export const theCustomer = (): Customer => customer;

/** Points everything at an account of this browser, and forgets keys derived for another. */
export async function switchAccount(email: string): Promise<void> {
  await store.chooseAccount(email);
  resetCustomer();
}

export function resetCustomer(): void {
  customer = openCustomer({ service: '', store });
  owner = undefined;
}

async function ownerClient(): Promise<{ client: Client; keys: OwnerKeys }> {
  if (owner) return owner;
  const seed = await store.loadSeed();
  if (!seed) throw new LetheError('not_signed_in', 'This browser has no owner key. Sign in again.');
  const keys = await ownerKeys(seed);
  owner = { keys, client: createClient({ service: '', token: async () => null, keys: async () => keys }) };
  return owner;
}

/** Whether this browser has the key that opens the account's vault. */
export async function ownerKeyState(): Promise<'here' | 'needed'> {
  if (!(await store.loadSeed())) return 'needed';
  const { client, keys } = await ownerClient();
  const { version, ciphertext } = await answer(() => client.accounts.GET('/api/account/vault'));
  if (ciphertext === null) return 'here';
  return openVault(ciphertext, version, keys.vault).then(
    () => 'here',
    () => 'needed',
  );
}

/** Waits up to 25 s for a server to change after a revision. Null once the service no longer knows it. */
export async function nextView(id: string, after: number): Promise<ServerView | null> {
  const { client } = await ownerClient();
  try {
    return await answer(() => client.fleet.GET('/api/servers/{id}', { params: { path: { id }, query: { after } } }));
  } catch (error) {
    if (error instanceof LetheError && error.code === 'not_found') return null;
    throw error;
  }
}
