/** Follows a server that is changing, by long poll, and keeps the page's copy of it current. */

import type { Server } from '@lethe/api/servers';
import { LetheError } from '@lethe/core';
import { useQueryClient } from '@tanstack/react-query';
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
    let stopped = false;
    const follow = async () => {
      while (!stopped) {
        const current = client.getQueryData(serverQuery(id).queryKey);
        if (!current?.view) return;
        const after = current.view.revision;
        const view = await nextView(id, after).catch((error: unknown) => {
          if (error instanceof LetheError) return 'again' as const;
          throw error;
        });
        if (stopped) return;
        if (view === 'again' || view?.revision === after) {
          await pause(PAUSE_MS);
          continue;
        }
        client.invalidateQueries(serversQuery);
        if (!view) return void client.invalidateQueries(serverQuery(id));
        client.setQueryData(serverQuery(id).queryKey, { ...current, view });
      }
    };
    follow();
    return () => {
      stopped = true;
    };
  }, [client, id, moving]);
}
