/**
 * Makes the files of a plane forget. PostgreSQL keeps the number of the writing transaction in every row, rows in the order they were
 * written, deleted rows until their page is needed, and all of it once more in its journal with the time to the microsecond. Each of
 * these could pair rows of both planes, or give back an account that was closed.
 */

import type { Pool, PoolClient } from 'pg';

export interface Plane {
  schema: string;
  /** Its tables in an order in which they can be filled: a table after those it refers to. Locked in this order too. */
  tables: readonly string[];
  /** The schema of its jobs. */
  jobs: string;
}

/** Shorter than the second after which PostgreSQL ends somebody in a deadlock: it is this work that gives way, never a customer's. */
const LOCK_MS = 500;
const ATTEMPTS = 20;
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Writes a plane anew, in one transaction and in random order, gives back the space of what was deleted, and ends the journal.
 * Rejects if a table stays busy for ten seconds; nothing was changed then.
 */
export async function tidy(pool: Pool, plane: Plane): Promise<void> {
  const client = await pool.connect();
  try {
    await rewrite(client, plane);
    await compactJobs(client, plane.jobs);
    await endJournal(client);
  } finally {
    // Ends the session: with it goes what it kept in temporary tables.
    client.release(true);
  }
}

async function rewrite(client: PoolClient, { schema, tables }: Plane): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.query('begin');
      await client.query(`set local lock_timeout = ${LOCK_MS}`);
      const all = tables.map((table) => `${schema}.${table}`).join(', ');
      await client.query(`lock table ${all} in access exclusive mode`);
      for (const table of tables) {
        await client.query(`create temporary table copy_${table} on commit drop as table ${schema}.${table}`);
      }
      // New files for tables and indexes; the old ones are removed when this commits.
      await client.query(`truncate ${all}`);
      for (const table of tables) {
        await client.query(
          `insert into ${schema}.${table} overriding system value select * from copy_${table} order by random()`,
        );
      }
      await client.query('commit');
      return;
    } catch (error) {
      await client.query('rollback').catch(() => {});
      if ((error as { code?: string }).code !== LOCK_NOT_AVAILABLE || attempt === ATTEMPTS) throw error;
    }
  }
}

/** Jobs that were done are deleted rows with times in them. A table that is busy is left to the next round. */
async function compactJobs(client: PoolClient, schema: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name
     from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and c.relkind = 'r'`,
    [schema],
  );
  await client.query(`set lock_timeout = ${LOCK_MS}`);
  for (const { name } of rows) await client.query(`vacuum full ${name}`).catch(() => {});
}

/**
 * Begins a new file of the journal and removes the earlier ones: twice, because a checkpoint keeps the file in which it began. A
 * database of somebody else's may not allow it; then its own checkpoints do the same later.
 */
async function endJournal(client: PoolClient): Promise<void> {
  try {
    for (let time = 0; time < 2; time += 1) {
      await client.query('select pg_switch_wal()');
      await client.query('checkpoint');
    }
  } catch {
    // Not allowed here.
  }
}
