/** "Forget now": the server is told to forget everything, and its own signed word is waited for. */

import { LetheError, newChallenge } from '@lethe/core';
import { askServer, putQuestion, silent } from './ask-server.ts';
import type { Context } from './context.ts';
import { findEntry } from './devices.ts';
import { readVault } from './vault-sync.ts';
import { sleep } from './wait.ts';

/** Longest wait for a server to come back, in milliseconds. An emulated machine boots in some seconds. */
const WAIT_MS = 90_000;
const ASK_AGAIN_MS = 500;
/** Ages are whole seconds, rounded down. */
const ROUNDING_MS = 1500;

export interface Forgotten {
  server: { id: string; name: string };
  /** Milliseconds until the server answered again. */
  ms: number;
}

/**
 * Makes a server forget everything. Resolves once the server itself says, signed, that it has forgotten since. Its devices are connected
 * again within one retry of their handshake. Throws `unreachable` if it is not up, and `timeout` if it does not come back in time.
 */
export async function forget(ctx: Context, ref?: string): Promise<Forgotten> {
  const entry = findEntry(ctx.lastVault ?? (await readVault(ctx)).vault, ref);
  const asked = performance.now();
  await putQuestion(ctx, entry.id, 'forget', newChallenge());
  for (;;) {
    try {
      const { uptimeS } = await askServer(ctx, entry);
      const ms = performance.now() - asked;
      if (uptimeS * 1000 <= ms + ROUNDING_MS) return { server: { id: entry.id, name: entry.name }, ms: Math.round(ms) };
    } catch (error) {
      if (!silent(error)) throw error;
    }
    if (performance.now() - asked > WAIT_MS) {
      throw new LetheError(
        'timeout',
        'The server was told to forget and has not said that it did. Look again in a moment: lethe status',
      );
    }
    await sleep(ASK_AGAIN_MS);
  }
}
