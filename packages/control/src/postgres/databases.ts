/**
 * One PostgreSQL for each plane. In one instance both planes would draw from one counter of transactions and write one journal, and
 * two rows written at the same moment could be paired by their transaction numbers.
 */

import { type Postgres, type PostgresOptions, startPostgres } from './instance.ts';

export interface Databases {
  /** For `pg`: fleet and proof. */
  url: string;
  /** For `pg`: accounts. */
  accountsUrl: string;
  stop(): Promise<void>;
}

/** Starts both instances side by side. Throws what `startPostgres` throws; nothing runs in that case. */
export async function startDatabases(options: Omit<PostgresOptions, 'name'>): Promise<Databases> {
  const starts = await Promise.allSettled([
    startPostgres(options),
    startPostgres({ ...options, name: 'postgres-accounts' }),
  ]);
  const running = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all(running.map((instance) => instance.stop()));
  };
  const failed = starts.find((start) => start.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  const [fleet, accounts] = running as [Postgres, Postgres];
  return { url: fleet.url, accountsUrl: accounts.url, stop };
}
