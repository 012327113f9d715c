/** Waiting for a server by long poll. */

import { LetheError } from '@lethe/core';
import { answer } from './client.ts';
import type { Context } from './context.ts';
import type { ServerView } from './schema.ts';

export const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/**
 * Follows a server's view until `done` says so or the time is over; returns the last view, null once the service no longer knows
 * the server. An unreachable service is asked again until the time is over: it may be restarting.
 */
export async function waitFor(
  ctx: Context,
  first: ServerView,
  limitMs: number,
  done: (view: ServerView | null) => boolean,
): Promise<ServerView | null> {
  const end = performance.now() + limitMs;
  let view: ServerView | null = first;
  while (!done(view) && view && performance.now() < end) {
    const next: ServerView | null | 'again' = await poll(ctx, view, end - performance.now());
    if (next === 'again' || next?.revision === view.revision) await sleep(250);
    if (next !== 'again') view = next;
  }
  return view;
}

async function poll(ctx: Context, view: ServerView, leftMs: number): Promise<ServerView | null | 'again'> {
  const params = { path: { id: view.id }, query: { after: view.revision } };
  try {
    const signal = AbortSignal.timeout(Math.max(1, Math.ceil(leftMs)));
    return await answer(() => ctx.client.fleet.GET('/api/servers/{id}', { params, signal }));
  } catch (error) {
    if (!(error instanceof LetheError)) throw error;
    if (error.code === 'not_found') return null;
    if (error.code === 'unreachable' || error.code === 'timeout') return 'again';
    throw error;
  }
}
