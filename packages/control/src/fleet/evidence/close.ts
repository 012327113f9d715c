/**
 * The end of an epoch: the looks at all servers of a cell become one commitment, and that an entry of the log.
 *
 * Order of the durable steps: the commitment with every opening in one transaction, then the entry, then its number in the row. A kill
 * after the first leaves a row without a number: the same entry is made again, and the log takes it once. A kill before it leaves nothing.
 * An epoch that nobody closed in time is not made up for: its gap is what happened.
 */

import type { ClaimId } from '@lethe/core';
import type { SlotContent } from '@lethe/verify';
import { crashPoint } from '../../crash-points.ts';
import type { FleetContext, FleetTx } from '../context.ts';
import { commit } from './commit.ts';

/** Closes the epoch in every cell; what another process has closed is left. */
export async function closeEpoch(ctx: FleetContext, begins: number): Promise<void> {
  const regions = await ctx.db.selectFrom('regions').select('id').orderBy('id').execute();
  for (const { id } of regions) await closeCell(ctx, id, begins);
}

async function closeCell(ctx: FleetContext, region: string, begins: number): Promise<void> {
  const { seconds } = ctx.evidence;
  await ctx.db.transaction().execute(async (tx) => {
    // The row first: of two processes one waits here, and then finds it.
    const { numInsertedOrUpdatedRows } = await tx
      .insertInto('epochs')
      .values({
        region_id: region,
        begins,
        seconds,
        leaves: Buffer.alloc(0),
        root: Buffer.alloc(0),
        slots: 0,
        contrary: [],
        untested: [],
      })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if (numInsertedOrUpdatedRows === 0n) return;
    const contents = await contentsOf(tx, region, begins, seconds);
    const { leaves, root, slots, contrary, untested, places } = commit(contents);
    for (const [index, { slot, blind }] of places.entries()) {
      await tx
        .updateTable('evidence')
        .set({ slot, blind })
        .where('server_id', '=', contents[index]!.server)
        .where('begins', '=', begins)
        .execute();
    }
    await tx
      .updateTable('epochs')
      .set({ leaves, root, slots, contrary, untested })
      .where('region_id', '=', region)
      .where('begins', '=', begins)
      .execute();
  });
  crashPoint('evidence.committed');
}

/**
 * What stands in the slots: a look, or that none came where one was due. A look is due at a server that was there in the epoch before as
 * well; one that is new in this epoch gets a row, so that from the next one on it cannot be left out.
 */
async function contentsOf(tx: FleetTx, region: string, begins: number, seconds: number): Promise<SlotContent[]> {
  const servers = await tx
    .selectFrom('servers')
    .innerJoin('hosts', 'hosts.id', 'servers.host_id')
    .leftJoin('evidence as now', (join) => join.onRef('now.server_id', '=', 'servers.id').on('now.begins', '=', begins))
    .leftJoin('evidence as before', (join) =>
      join.onRef('before.server_id', '=', 'servers.id').on('before.begins', '=', begins - seconds),
    )
    .select([
      'servers.id',
      'now.inside',
      'now.signature',
      'now.outside',
      'now.server_id as looked',
      'before.server_id as wasThere',
    ])
    .where('hosts.region_id', '=', region)
    .where('servers.state', '<>', 'deleting')
    .where('servers.node_key', 'is not', null)
    .orderBy('servers.id')
    .execute();
  const contents: SlotContent[] = [];
  for (const { id: server, inside, signature, outside, looked, wasThere } of servers) {
    if (looked === null)
      await tx
        .insertInto('evidence')
        .values({ server_id: server, begins, seconds, inside: null, signature: null, outside: null })
        .execute();
    if (looked !== null || wasThere !== null) contents.push({ server, begins, seconds, inside, signature, outside });
  }
  return contents;
}

/** Logs what is committed and not logged yet. Rejects if the log cannot be written: what is left is tried again. */
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
  for (const { region_id: cell, begins, root, ...row } of waiting) {
    const evidence = {
      cell,
      begins,
      seconds: row.seconds,
      slots: row.slots,
      root: root.toString('hex'),
      contrary: row.contrary as ClaimId[],
      untested: row.untested as ClaimId[],
    };
    const entry = await proof.evidence(evidence);
    crashPoint('evidence.logged');
    await ctx.db
      .updateTable('epochs')
      .set({ entry })
      .where('region_id', '=', cell)
      .where('begins', '=', begins)
      .execute();
  }
}
