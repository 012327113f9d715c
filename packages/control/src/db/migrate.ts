/** Brings the schemas of a database up to date. Each step is one transaction; a lock makes processes that start together take turns. */

import { LetheError } from '@lethe/core';
import type { Pool, PoolClient } from 'pg';
import { ACCOUNTS_MIGRATIONS } from '../accounts/migrations.ts';
import { FLEET_MIGRATIONS } from '../fleet/migrations.ts';
import { PROOF_MIGRATIONS } from '../proof/migrations.ts';

const PLANES = { accounts: ACCOUNTS_MIGRATIONS, fleet: FLEET_MIGRATIONS, proof: PROOF_MIGRATIONS } as const;
const MIGRATION_LOCK = 0x6c657467;

/** Runs the steps that are missing. Throws `database_failed` if the database was written by a newer version. */
export async function migrate(pool: Pool, schemas: readonly (keyof typeof PLANES)[]): Promise<void> {
  for (const schema of schemas) {
    const steps = PLANES[schema];
    const done = await inTransaction(pool, (client) => prepare(client, schema));
    if (done > steps.length) {
      throw new LetheError(
        'database_failed',
        'The database was written by a newer version of Lethe. Nothing was changed. Start that version.',
      );
    }
    for (let step = done; step < steps.length; step += 1) {
      await inTransaction(pool, (client) => runStep(client, schema, step, steps[step]!));
    }
  }
}

/** Makes the schema with its list of steps; returns how many have run. */
async function prepare(client: PoolClient, schema: string): Promise<number> {
  await client.query(`create schema if not exists ${schema}`);
  await client.query(`create table if not exists ${schema}.migrations (step integer primary key)`);
  const { rows } = await client.query<{ done: number }>(`select count(*)::integer as done from ${schema}.migrations`);
  return rows[0]!.done;
}

/** A step that another process has run in the meantime is left alone. */
async function runStep(client: PoolClient, schema: string, step: number, statements: string): Promise<void> {
  const { rowCount } = await client.query(
    `insert into ${schema}.migrations (step) values ($1) on conflict do nothing`,
    [step],
  );
  if (rowCount === 1) await client.query(statements);
}

async function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  } finally {
    client.release();
  }
}
