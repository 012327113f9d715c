/**
 * The end of an epoch: the looks at all servers of a cell become one commitment, and that an entry of the log.
 *
 * Order of the durable steps: the commitment with every opening in one transaction, then the entry, then its number in the row. A kill
 * after the first leaves a row without a number: the same entry is made again, and the log takes it once. A kill before it leaves nothing.
 * An epoch that nobody closed in time is not made up for: its gap is what happened.
 */

import { type ClaimId, dayOf, LetheError } from '@lethe/core';
import type { SlotContent } from '@lethe/verify';
import { sql } from 'kysely';
import { crashPoint } from '../../crash-points.ts';
import type { FleetContext, FleetTx } from '../context.ts';
import { commit } from './commit.ts';

/** What an epoch has in place of a number where the log has another entry for it: after a database was put back, for instance. */
export const IN_CONFLICT = -1;

/** Closes the epoch in every cell; what another process has closed is left. Rejects if one could not be closed: the others are. */
export async function closeEpoch(ctx: FleetContext, begins: number): Promise<void> {
  const regions = await ctx.db.selectFrom('regions').select('id').orderBy('id').execute();
  const closing = await Promise.allSettled(regions.map(({ id }) => closeCell(ctx, id, begins)));
  for (const one of closing) if (one.status === 'rejected') throw one.reason;
}

async function closeCell(ctx: FleetContext, region: string, begins: number): Promise<void> {
  const { seconds } = ctx.evidence;
  const isNew = await ctx.db.transaction().execute(async (tx) => {
    // The row first: of two processes one waits here, and then finds it.
    const { numInsertedOrUpdatedRows } = await tx
      .insertInto('epochs')
      .values({ region_id: region, begins, seconds, root: Buffer.alloc(0), slots: 0, contrary: [], untested: [] })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if (numInsertedOrUpdatedRows === 0n) return false;
    const contents = await contentsOf(tx, region, begins, seconds);
    const { root, slots, contrary, untested, places } = commit(contents);
    await openings(tx, begins, seconds, contents, places);
    await tx
      .updateTable('epochs')
      .set({ root, slots, contrary, untested })
      .where('region_id', '=', region)
      .where('begins', '=', begins)
      .where('seconds', '=', seconds)
      .execute();
    return true;
  });
  if (isNew) crashPoint('evidence.committed');
}

/** What stands in the slots: a look at every server that is due, or that none came. */
async function contentsOf(tx: FleetTx, region: string, begins: number, seconds: number): Promise<SlotContent[]> {
  const due = tx
    .selectFrom('servers')
    .innerJoin('hosts', 'hosts.id', 'servers.host_id')
    .where('hosts.region_id', '=', region)
    .where('servers.state', '<>', 'deleting')
    .where('servers.due_from', '<=', dayOf(begins * 1000));
  await tx
    .insertInto('evidence')
    .columns(['server_id', 'begins', 'seconds'])
    .expression(
      due.select((select) => ['servers.id', select.val(begins).as('begins'), select.val(seconds).as('seconds')]),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const rows = await due
    .innerJoin('evidence', (join) =>
      join
        .onRef('evidence.server_id', '=', 'servers.id')
        .on('evidence.begins', '=', begins)
        .on('evidence.seconds', '=', seconds),
    )
    .select(['servers.id as server', 'inside', 'signature', 'outside'])
    .orderBy('servers.id')
    .execute();
  return rows.map((row) => ({ ...row, begins, seconds }));
}

/** Writes where each content lies, in one statement however many there are. */
async function openings(
  tx: FleetTx,
  begins: number,
  seconds: number,
  contents: readonly SlotContent[],
  places: readonly { slot: number; blind: Buffer; path: Buffer }[],
): Promise<void> {
  const list = <T>(value: (place: (typeof places)[number]) => T): T[] => places.map(value);
  await sql`
    update fleet.evidence set slot = given.slot, blind = given.blind, path = given.path
    from unnest(
      ${contents.map(({ server }) => server)}::text[],
      ${list(({ slot }) => slot)}::integer[],
      ${list(({ blind }) => blind)}::bytea[],
      ${list(({ path }) => path)}::bytea[]
    ) as given (server_id, slot, blind, path)
    where evidence.server_id = given.server_id and begins = ${begins} and seconds = ${seconds}
  `.execute(tx);
}

/**
 * Logs what is committed and not logged yet. Rejects if the log cannot be written: what is left is tried again. An epoch for which the log
 * has another entry holds up none behind it.
 */
export async function logEpochs(ctx: FleetContext): Promise<void> {
  const { proof } = ctx;
  if (!proof) return;
  const waiting = await ctx.db
    .selectFrom('epochs')
    .select(['region_id', 'begins', 'seconds', 'slots', 'root', 'contrary', 'untested'])
    .where('entry', 'is', null)
    .orderBy('begins')
    .limit(100)
    .execute();
  for (const { region_id: cell, begins, seconds, slots, root, contrary, untested } of waiting) {
    const claims = { contrary: contrary as ClaimId[], untested: untested as ClaimId[] };
    const entry = await proof
      .evidence({ cell, begins, seconds, slots, root: root.toString('hex'), ...claims })
      .catch((error: unknown) => {
        if (error instanceof LetheError && error.code === 'bad_evidence') return IN_CONFLICT;
        throw error;
      });
    crashPoint('evidence.logged');
    await ctx.db
      .updateTable('epochs')
      .set({ entry })
      .where('region_id', '=', cell)
      .where('begins', '=', begins)
      .where('seconds', '=', seconds)
      .execute();
  }
}
