/** The customer's library bound to this browser. The page does nothing that this library could not do elsewhere. */

import { answer, type Client, createClient } from '@lethe/api/client';
import { type Customer, openCustomer } from '@lethe/api/customer';
import type { ServerView } from '@lethe/api/schema';
import { LetheError, ownerKeys } from '@lethe/core';
import { BrowserStore } from './browser-store.ts';

export const store = new BrowserStore();

/** Keys derived from a seed are held in memory; another account therefore gets a fresh library and client. */
let customer = openCustomer({ service: '', store });
let client: Client | undefined;

export const theCustomer = (): Customer => customer;

/** Points everything at an account of this browser, and forgets keys derived for another. */
export async function switchAccount(email: string): Promise<void> {
  await store.chooseAccount(email);
  resetCustomer();
}

export function resetCustomer(): void {
  customer = openCustomer({ service: '', store });
  client = undefined;
}

async function readClient(): Promise<Client> {
  if (client) return client;
  const seed = await store.loadSeed();
  if (!seed) throw new LetheError('not_signed_in', 'This browser has no owner key. Sign in again.');
  const keys = ownerKeys(seed);
  client = createClient({ service: '', token: async () => null, keys: () => keys });
  return client;
}

/** Waits up to 25 s for a server to change after a revision. Null once the service no longer knows it. */
export async function nextView(id: string, after: number): Promise<ServerView | null> {
  const { fleet } = await readClient();
  try {
    return await answer(() => fleet.GET('/api/servers/{id}', { params: { path: { id }, query: { after } } }));
  } catch (error) {
    if (error instanceof LetheError && error.code === 'not_found') return null;
    throw error;
  }
}
