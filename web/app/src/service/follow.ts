/** Follows a server that is changing, by long poll, and keeps the page's copy of it current. */

import type { Server } from '@lethe/api/servers';
import { LetheError } from '@lethe/core';
import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { nextView } from './customer.ts';
import { serverQuery, serversQuery } from './queries.ts';

const PAUSE_MS = 1500;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** True while the service is still working on a server. */
export const isMoving = (server: Server | undefined): boolean =>
  server?.view?.state === 'wanted' || server?.view?.state === 'starting' || server?.view?.state === 'deleting';

export function useFollow(server: Server | undefined): void {
  const client = useQueryClient();
  const id = server?.id;
  const moving = isMoving(server);
  useEffect(() => {
    if (!id || !moving) return;
    const leaving = new AbortController();
    follow(client, id, leaving.signal);
    return () => leaving.abort();
  }, [client, id, moving]);
}

/** Runs until the server no longer changes, is gone, or the page is left. */
async function follow(client: QueryClient, id: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const current = client.getQueryData(serverQuery(id).queryKey);
    if (!current?.view || !isMoving(current)) return;
    const after = current.view.revision;
    const view = await nextView(id, after).catch((error: unknown) => {
      if (error instanceof LetheError) return 'again' as const;
      throw error;
    });
    if (signal.aborted) return;
    if (view === 'again' || view?.revision === after) {
      await pause(PAUSE_MS);
      continue;
    }
    client.invalidateQueries(serversQuery);
    if (view) client.setQueryData(serverQuery(id).queryKey, { ...current, view });
    else return void client.invalidateQueries(serverQuery(id));
  }
}
