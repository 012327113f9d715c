/** What a server holds right now: measured by the server itself, signed and sealed by it for this question. */

import { type InventoryReport, newChallenge, openInventory } from '@lethe/core';
import { keysOf, putQuestion } from './ask-server.ts';
import type { Context } from './context.ts';
import { findEntry } from './devices.ts';
import { readVault } from './vault-sync.ts';

export interface MeasuredServer {
  server: { id: string; name: string };
  report: InventoryReport;
}

/**
 * Asks a server, through the service, to measure what it holds. Throws `bad_signature` for anything that the server did not sign for this
 * question, `bad_encoding` for words that this program does not know, and `unreachable` or `timeout` if it does not answer.
 */
export async function askInventory(ctx: Context, ref?: string): Promise<MeasuredServer> {
  const entry = findEntry(ctx.lastVault ?? (await readVault(ctx)).vault, ref);
  const { id, name } = entry;
  const keys = await keysOf(ctx, entry);
  const challenge = newChallenge();
  const sealed = await putQuestion(ctx, id, 'inventory', challenge);
  const report = await openInventory(sealed, (await ctx.keys()).seal, { server: id, challenge }, keys.node);
  return { server: { id, name }, report };
}
