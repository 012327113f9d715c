/** A PostgreSQL of the test file's own, started by Lethe's own manager, with a fresh database for each test. */

import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { type Postgres, startPostgres } from '@lethe/control/postgres';
import pg from 'pg';

export interface TestDatabase {
  /** A directory that is removed at the end. */
  readonly directory: string;
  /** The URL of a new, empty database. */
  create(): Promise<string>;
}

/** A new directory that the user of the database may pass through. */
export function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'lethe-control-'));
  chmodSync(directory, 0o711);
  return directory;
}

/** Starts the instance before the tests of this file and ends it after them. */
export function testDatabase(): TestDatabase {
  const directory = newDirectory();
  let postgres: Postgres | undefined;
  before(async () => {
    postgres = await startPostgres({ dataDir: join(directory, 'data'), runDir: join(directory, 'run') });
  });
  after(async () => {
    await postgres?.stop();
    rmSync(directory, { recursive: true, force: true });
  });
  return {
    directory,
    async create() {
      const name = `t${randomBytes(6).toString('hex')}`;
      await query(postgres!.url, `create database ${name}`);
      return postgres!.url.replace('/lethe?', `/${name}?`);
    },
  };
}

/** Runs one statement on a connection of its own. */
export async function query<Row extends object = Record<string, unknown>>(
  url: string,
  text: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}
