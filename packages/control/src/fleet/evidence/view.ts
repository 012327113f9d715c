/** Evidence as its readers see it: openings for the owner of a server, verdicts by server and day for persons of the trust root. */

import { CLAIM_IDS, type ClaimId, OUT_OF_SCOPE, worse } from '@lethe/core';
import { inclusionOfHashes } from '@lethe/tlog';
import type { FleetContext } from '../context.ts';
import { notFound } from '../view.ts';
import { lettersOfSlot } from './commit.ts';
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
    .select('hosts.region_id')
    .where('servers.id', '=', id)
    .where('owner_key', '=', owner)
    .executeTakeFirst();
  if (!server) throw notFound();
  const rows = await ctx.db
    .selectFrom('evidence')
    .innerJoin('epochs', (join) =>
      join.onRef('epochs.begins', '=', 'evidence.begins').on('epochs.region_id', '=', server.region_id),
    )
    .select([
      'evidence.begins',
      'evidence.seconds',
      'inside',
      'signature',
      'outside',
      'slot',
      'blind',
      'leaves',
      'entry',
    ])
    .where('server_id', '=', id)
    .where('slot', 'is not', null)
    .where('evidence.begins', '<', before)
    .orderBy('evidence.begins', 'desc')
    .limit(MOST_OPENINGS)
    .execute();
  return {
    server: id,
    cell: server.region_id,
    seconds: ctx.evidence.seconds,
    openings: rows.map(({ leaves, slot, blind, entry, ...look }) => ({
      content: { server: id, ...look },
      blind: blind!.toString('base64'),
      slot: slot!,
      path: inclusionOfHashes(hashesOf(leaves), slot!).map((hash) => Buffer.from(hash).toString('base64')),
      entry,
    })),
  };
}

const hashesOf = (leaves: Buffer): Uint8Array[] =>
  Array.from({ length: leaves.length / 32 }, (_, place) => leaves.subarray(place * 32, (place + 1) * 32));

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
      .select(['servers.id', 'hosts.region_id as cell', 'begins', 'inside', 'outside', 'slot'])
      .where('servers.state', '<>', 'deleting')
      .orderBy('servers.id')
      .orderBy('begins')
      .execute(),
    ctx.db
      .selectFrom('epochs')
      .select(['region_id as cell', 'begins', 'contrary', 'untested', 'entry'])
      .where('begins', '>=', first)
      .orderBy('region_id')
      .orderBy('begins')
      .execute(),
  ]);
  const servers = new Map<string, FleetEvidenceType['servers'][number]>();
  for (const { id, cell, begins, inside, outside, slot } of rows) {
    const server = servers.get(id) ?? { server: id, cell, days: [] };
    servers.set(id, server);
    // A row without a place is that of an epoch in which the server was new, or which is not closed yet.
    if (begins === null || slot === null) continue;
    const day = dayOf(begins);
    let entry = server.days.find((one) => one.day === day);
    if (!entry) {
      entry = { day, looks: 0, gaps: 0, verdicts: OUT_OF_SCOPE };
      server.days.push(entry);
    }
    if (inside === null) entry.gaps += 1;
    else entry.looks += 1;
    entry.verdicts = worse(entry.verdicts, lettersOfSlot({ inside, outside }));
  }
  const cells = new Map<string, FleetEvidenceType['cells'][number]>();
  for (const { cell, begins, contrary, untested, entry } of epochs) {
    const known = cells.get(cell) ?? { cell, days: [] };
    cells.set(cell, known);
    const day = dayOf(begins);
    let one = known.days.find((other) => other.day === day);
    if (!one) {
      one = { day, epochs: 0, unlogged: 0, contrary: [], untested: [] };
      known.days.push(one);
    }
    one.epochs += 1;
    if (entry === null) one.unlogged += 1;
    one.contrary = inOrder([...one.contrary, ...contrary]);
    one.untested = inOrder([...one.untested, ...untested]);
  }
  return { seconds: ctx.evidence.seconds, cells: [...cells.values()], servers: [...servers.values()] };
}

const dayOf = (second: number): string => new Date(second * 1000).toISOString().slice(0, 10);
const inOrder = (claims: readonly string[]): ClaimId[] => CLAIM_IDS.filter((claim) => claims.includes(claim));
