/** What looks at a server of one's own have shown, epoch by epoch, as it stands in the evidence of its cell. */

import { addDays, isLetters, LetheError, verifyLook } from '@lethe/core';
import { keysOf } from './ask-server.ts';
import { answer } from './client.ts';
import type { Context } from './context.ts';
import { findEntry } from './devices.ts';
import type { components } from './generated/schema.d.ts';
import { readVault } from './vault-sync.ts';

/** An opening of a slot, with the number of the entry in the log that has to prove it; null while that waits. */
export type EvidenceOpening = components['schemas']['EvidenceList']['openings'][number];

export interface ServerEvidence {
  server: { id: string; name: string };
  /** Region whose entries in the log have the slots. */
  cell: string;
  /** First second for which there should be openings: of the first day of looks, or of the days asked for. */
  fromS: number;
  /** Newest first; each look is signed by the server itself. That they are in the log is for whoever reads the log. */
  openings: EvidenceOpening[];
}

/** Openings of 31 days at the shortest epochs, 50 on a page. */
const MOST_PAGES = 5400;
/** A server is looked at from the day after the one it enrolled on, which is the day it was made, or the next. */
const LATEST_FIRST_DAY = 2;

/**
 * Asks the service for the openings of the last days. Throws `bad_signature` if one is not signed by this server, and `bad_encoding` for one
 * of another server or in words that there are not.
 */
export async function evidence(ctx: Context, ref: string | undefined, sinceS: number): Promise<ServerEvidence> {
  const entry = findEntry(ctx.lastVault ?? (await readVault(ctx)).vault, ref);
  const keys = await keysOf(ctx, entry);
  const openings: EvidenceOpening[] = [];
  let before: number | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const params = { path: { id: entry.id }, query: before === undefined ? {} : { before } };
    const list = await answer(() => ctx.client.fleet.GET('/api/servers/{id}/evidence', { params }));
    for (const opening of list.openings) await check(opening, entry.id, keys.node);
    openings.push(...list.openings.filter(({ content }) => content.begins >= sinceS));
    const last = list.openings.at(-1)?.content.begins;
    if (last === undefined || last < sinceS || (before !== undefined && last >= before))
      return {
        server: { id: entry.id, name: entry.name },
        cell: list.cell,
        fromS: Math.max(sinceS, firstDay(entry.createdOn, list.dueFrom)),
        openings,
      };
    before = last;
  }
  throw new LetheError('bad_encoding', 'The service names evidence without end. Nothing was shown.');
}

/** The service may say a later first day than the owner's own memory allows: it does not get one. */
function firstDay(createdOn: string, dueFrom: string | null): number {
  const latest = addDays(createdOn, LATEST_FIRST_DAY);
  const day = dueFrom !== null && dueFrom < latest ? dueFrom : latest;
  return Date.parse(`${day}T00:00:00Z`) / 1000;
}

async function check({ content }: EvidenceOpening, server: string, nodeKey: string): Promise<void> {
  const { inside, signature, outside } = content;
  const isGap = inside === null && signature === null && outside === null;
  const isLook = isLetters(inside) && isLetters(outside) && signature !== null;
  if (content.server !== server || !(isGap || isLook))
    throw new LetheError('bad_encoding', 'The service shows evidence that is none of this server. Nothing was shown.');
  if (isLook) await verifyLook({ ...content, inside: content.inside! }, signature, nodeKey);
}
