/** A server of this host as looks see it: its key, the line to it, and what is seen of it from outside. */

import { fromBase64, type Letters, outsideLetters, Secret, signingPublicKey, toBase64Url } from '@lethe/core';
import type { Server } from '../server/server.ts';
import type { Looked } from './looks.ts';

export const looked = (server: Server): Looked => ({
  id: server.id,
  isReady: server.isReady,
  async nodeKey() {
    const keys = server.record?.keys;
    return keys ? toBase64Url(await signingPublicKey(new Secret('node-sign', fromBase64(keys.node)))) : null;
  },
  say: (message) => server.agent?.send(message),
  outside: () => outsideOf(server),
});

async function outsideOf(server: Server): Promise<Letters | null> {
  const drift = server.context.reports.driftOf(server.id);
  return outsideLetters({ drift, isReleased: await isReleased(server) });
}

/** The engine says whether the machine runs the image alone, the gate whether that one may run; null if either cannot say. */
async function isReleased({ id, machine, context }: Server): Promise<boolean | null> {
  const engine = machine && context.engines.get(machine.kind);
  const runsOnly = (await engine?.runsOnly(id, context.image).catch(() => null)) ?? null;
  if (runsOnly === false) return false;
  return runsOnly === null ? null : context.gate.isReleased;
}
