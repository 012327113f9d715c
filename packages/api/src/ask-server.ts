/** A question to a server itself: the service carries it, and can neither read nor make the answer. */

import { LetheError, newChallenge, openStatus, type Question, type ServerStatus } from '@lethe/core';
import { answer } from './client.ts';
import type { Context } from './context.ts';
import { pinKeys } from './server-keys.ts';
import { serverView } from './servers.ts';
import type { VaultServer } from './vault.ts';

/**
 * What a server says right now, signed by the key of its first sight for a challenge made here. Throws `bad_signature` for anything
 * else, `server_key_changed`, and `unreachable` or `timeout` if it does not answer.
 */
export const askServer = (ctx: Context, entry: VaultServer): Promise<ServerStatus> =>
  askForStatus(ctx, entry, async (id, challenge) => {
    const params = { path: { id }, query: { challenge } };
    return (await answer(() => ctx.client.fleet.GET('/api/servers/{id}/status', { params }))).sealed;
  });

/** Sends sealed settings; the answer is the status after them, and says which are in force. Throws as `askServer` does. */
export const sendSettings = (ctx: Context, entry: VaultServer, body: string): Promise<ServerStatus> =>
  askForStatus(ctx, entry, (id, challenge) => putQuestion(ctx, id, 'settings', challenge, body));

/** Puts a question to a server. Returns its sealed answer. */
export async function putQuestion(
  ctx: Context,
  id: string,
  question: Question,
  challenge: string,
  body: string | null = null,
): Promise<string> {
  const request = { params: { path: { id } }, body: { question, challenge, body } };
  return (await answer(() => ctx.client.fleet.POST('/api/servers/{id}/questions', request))).sealed;
}

/** The keys of a server as first seen. Throws `unreachable` before there are any. */
export async function keysOf(ctx: Context, entry: VaultServer): Promise<NonNullable<VaultServer['keys']>> {
  const { keys } = entry.keys ? entry : await pinKeys(ctx, entry, await serverView(ctx, entry.id));
  if (!keys) throw new LetheError('unreachable', 'The server has no key yet: it is still being created.');
  return keys;
}

async function askForStatus(
  ctx: Context,
  entry: VaultServer,
  ask: (id: string, challenge: string) => Promise<string>,
): Promise<ServerStatus> {
  const { id } = entry;
  const keys = await keysOf(ctx, entry);
  const challenge = newChallenge();
  const sealed = await ask(id, challenge);
  const live = await openStatus(sealed, (await ctx.keys()).seal, { server: id, challenge }, keys.node);
  await ctx.changeMarks((marks) => {
    marks.signed[id] = Math.max(marks.signed[id] ?? 0, live.counter);
  });
  return live;
}

/** Counter of the newest list a server has said it has, asked for if this device never heard it; 0 if it cannot be asked now. */
export async function signedCounter(ctx: Context, entry: VaultServer): Promise<number> {
  const heard = (await ctx.store.loadMarks()).signed[entry.id];
  if (heard !== undefined) return heard;
  try {
    return (await askServer(ctx, entry)).counter;
  } catch (error) {
    if (silent(error)) return 0;
    throw error;
  }
}

/** True for errors that mean that no answer came. */
export const silent = (error: unknown): boolean =>
  error instanceof LetheError && (error.code === 'unreachable' || error.code === 'timeout');
