/** What the page reads, as queries with one key each. Nothing is retried behind the reader's back but a busy or restarting service. */

import { LetheError } from '@lethe/core';
import { notifyManager, QueryClient, queryOptions } from '@tanstack/react-query';
import { ownerKeyState, store, theCustomer } from './customer.ts';

/** Milliseconds between two looks at a server's live state while the page is visible. */
export const LIVE_MS = 5000;

// What the reader has just done shows in the same frame: with a timer in between, a switch would jump back for a moment.
notifyManager.setScheduler(queueMicrotask);

const isPassing = (error: unknown): boolean =>
  error instanceof LetheError && (error.code === 'unreachable' || error.code === 'timeout');

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      networkMode: 'always',
      staleTime: 2000,
      retry: (count, error) => count < 2 && isPassing(error),
      retryDelay: (count) => 400 * 2 ** count,
    },
    mutations: { networkMode: 'always' },
  },
});

export const accountQuery = queryOptions({
  queryKey: ['account'],
  queryFn: () => theCustomer().account(),
  staleTime: 60_000,
});

export const ownerKeyQuery = queryOptions({
  queryKey: ['owner-key'],
  queryFn: ownerKeyState,
  staleTime: Number.POSITIVE_INFINITY,
});

export const recoverySavedQuery = queryOptions({
  queryKey: ['recovery-saved'],
  queryFn: () => store.isRecoverySaved(),
});

export const recoveryKeyQuery = queryOptions({
  queryKey: ['recovery-key'],
  queryFn: () => theCustomer().recoveryKey(),
  gcTime: 0,
});

export const regionsQuery = queryOptions({ queryKey: ['regions'], queryFn: () => theCustomer().regions() });

export const serversQuery = queryOptions({ queryKey: ['servers'], queryFn: () => theCustomer().servers() });

export const serverQuery = (id: string) =>
  queryOptions({ queryKey: ['server', id], queryFn: () => theCustomer().server(id) });

export const devicesQuery = (id: string) =>
  queryOptions({ queryKey: ['devices', id], queryFn: () => theCustomer().devices(id) });

/** What the owner chose, as last signed: read from the vault. */
export const settingsQuery = (id: string) =>
  queryOptions({ queryKey: ['settings', id], queryFn: () => theCustomer().settings(id) });

/** The sealed status, opened here with the owner key. A failure is shown as unknown, never as offline. */
export const statusQuery = (id: string) =>
  queryOptions({
    queryKey: ['status', id],
    queryFn: () => theCustomer().status(id),
    refetchInterval: LIVE_MS,
    refetchIntervalInBackground: false,
    staleTime: 0,
    retry: false,
  });
