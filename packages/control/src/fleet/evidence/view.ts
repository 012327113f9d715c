/** Evidence as its readers see it: openings for the owner of a server, verdicts by server and day for persons of the trust root. */

import { type ClaimId, OUT_OF_SCOPE, slotLetters, worse } from '@lethe/core';
import type { FleetContext } from '../context.ts';
import { notFound } from '../view.ts';
import { IN_CONFLICT } from './close.ts';
import type { EvidenceListType, FleetEvidenceType } from './schemas.ts';

/** Openings in one answer. */
export const MOST_OPENINGS = 50;

/** Openings of a server's evidence before an epoch, newest first. Throws `not_found` unless the key is its owner's. */
export async function openingsOf(
  ctx: FleetContext,
  id: string,
  owner: string,
  before: number,
): Promise<EvidenceListType> {
  const server = await ctx.db
    .selectFrom('servers')
    .innerJoin('hosts', 'hosts.id', 'servers.host_id')
    .select(['hosts.region_id', 'due_from'])
    .where('servers.id', '=', id)
    .where('owner_key', '=', owner)
    .executeTakeFirst();
  if (!server) throw notFound();
  const rows = await ctx.db
    .selectFrom('evidence')
    .innerJoin('epochs', (join) =>
      join
        .onRef('epochs.begins', '=', 'evidence.begins')
        .onRef('epochs.seconds', '=', 'evidence.seconds')
        .on('epochs.region_id', '=', server.region_id),
    )
    .select(['evidence.begins', 'evidence.seconds', 'inside', 'signature', 'outside', 'slot', 'blind', 'path', 'entry'])
    .where('server_id', '=', id)
    .where('slot', 'is not', null)
    .where('evidence.begins', '<', before)
    .orderBy('evidence.begins', 'desc')
    .limit(MOST_OPENINGS)
    .execute();
  return {
    server: id,
    cell: server.region_id,
    dueFrom: server.due_from,
    openings: rows.map(({ slot, blind, path, entry, ...look }) => ({
      content: { server: id, ...look },
      blind: blind!.toString('base64'),
      slot: slot!,
      path: hashesOf(path!),
      entry: entry === IN_CONFLICT ? null : entry,
    })),
  };
}

const hashesOf = (path: Buffer): string[] =>
  Array.from({ length: path.length / 32 }, (_, place) => path.toString('base64', place * 32, (place + 1) * 32));

/** Claim by server by day, and the epochs of each cell: for persons of the trust root. The last `days` days, today included. */
export async function fleetEvidence(ctx: FleetContext, days: number): Promise<FleetEvidenceType> {
  const today = Math.floor(ctx.clock.now() / 86_400_000) * 86_400;
  const first = today - (days - 1) * 86_400;
  const [rows, epochs] = await Promise.all([
    ctx.db
      .selectFrom('servers')
      .innerJoin('hosts', 'hosts.id', 'servers.host_id')
      .leftJoin('evidence', (join) =>
        join.onRef('evidence.server_id', '=', 'servers.id').on('evidence.begins', '>=', first),
      )
      .select(['servers.id', 'hosts.region_id as cell', 'due_from', 'begins', 'inside', 'outside', 'slot'])
      .where('servers.state', '<>', 'deleting')
      .orderBy('servers.id')
      .orderBy('begins')
      .execute(),
    ctx.db
      .selectFrom('epochs')
      .select(['region_id as cell', 'begins', 'seconds', 'contrary', 'untested', 'entry'])
      .where('begins', '>=', first)
      .orderBy('region_id')
      .orderBy('begins')
      .execute(),
  ]);
  const servers = new Map<string, FleetEvidenceType['servers'][number]>();
  for (const { id, cell, due_from: dueFrom, begins, inside, outside, slot } of rows) {
    const server = servers.get(id) ?? { server: id, cell, dueFrom, days: [] };
    servers.set(id, server);
    // A row without a place is that of an epoch which is not closed yet, or never was.
    if (begins === null || slot === null) continue;
    const day = dayOf(begins);
    let entry = server.days.find((one) => one.day === day);
    if (!entry) {
      entry = { day, looks: 0, gaps: 0, verdicts: OUT_OF_SCOPE };
      server.days.push(entry);
    }
    if (inside === null) entry.gaps += 1;
    else entry.looks += 1;
    entry.verdicts = worse(entry.verdicts, slotLetters({ inside, outside }));
  }
  const cells = Map.groupBy(epochs, ({ cell }) => cell);
  return {
    seconds: ctx.evidence.seconds,
    cells: [...cells].map(([cell, list]) => ({
      cell,
      epochs: list.map(({ begins, seconds, contrary, untested, entry }) => ({
        begins,
        seconds,
        contrary: contrary as ClaimId[],
        untested: untested as ClaimId[],
        logged: entry !== null && entry !== IN_CONFLICT,
      })),
    })),
    servers: [...servers.values()],
  };
}

const dayOf = (second: number): string => new Date(second * 1000).toISOString().slice(0, 10);
