/** Connections to PostgreSQL. Days stay text (YYYY-MM-DD) and counters stay numbers on their way through the driver. */

import { LetheError } from '@lethe/core';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';

const DATE = 1082;
const INT8 = 20;

/** A pool of at most `max` connections. It connects when first used. */
export function openPool(databaseUrl: string, max: number): pg.Pool {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max,
    // What polls comes every two seconds: a connection that ends and begins anew in between costs more than one that waits.
    idleTimeoutMillis: 60_000,
    connectionTimeoutMillis: 10_000,
    types: { getTypeParser: typeParser as typeof pg.types.getTypeParser },
  });
  // An idle connection that ends is replaced at the next query, which reports its own error if the database is away.
  pool.on('error', () => {});
  // One that ends in somebody's hands says so between two queries, and nobody hears there: unheard it would end this process. The next
  // query fails.
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

function typeParser(oid: number, format?: 'text' | 'binary'): unknown {
  if (oid === DATE) return (text: string) => text;
  if (oid === INT8) return Number;
  return pg.types.getTypeParser(oid, format as 'text');
}

/** A query builder that sees one schema only. */
export const openSchema = <Tables>(pool: pg.Pool, schema: string): Kysely<Tables> =>
  new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) }).withSchema(schema);

/** Fails early and clearly if the database cannot be used. Throws `database_failed`. */
export async function checkDatabase(pool: pg.Pool): Promise<void> {
  try {
    await pool.query('select 1');
  } catch (cause) {
    throw new LetheError(
      'database_failed',
      'The database cannot be reached. Nothing was started. Check that it runs and that DATABASE_URL names it.',
      {
        cause,
      },
    );
  }
}
