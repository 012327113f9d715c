/**
 * Jobs of one plane, in a schema of its own (pg-boss). A row is deleted as soon as its job is done or given up: what is left in the
 * tables is work to do, never a history of it.
 */

import type { Kysely, Transaction } from 'kysely';
import type { Pool } from 'pg';
import { fromKysely, type JobWithMetadata, PgBoss, type QueueOptions } from 'pg-boss';

export interface JobQueue {
  /** Makes a queue if it is missing. `policy: 'short'` keeps at most one waiting job. */
  queue(name: string, options: QueueOptions & { policy?: 'standard' | 'short' }): Promise<void>;
  /**
   * Runs a handler for each job of a queue. A rejection means: try again later, within the queue's limit. What this process sends for now is
   * done at once; what another one sends, or what was to start later, up to `pollS` seconds after that.
   */
  work<Data extends object>(name: string, handler: (data: Data) => Promise<void>, pollS?: number): Promise<void>;
  /** Adds a job, in a transaction if one is given. `startAfter` delays it. */
  send<Tables>(name: string, data: object, tx?: Transaction<Tables> | Kysely<Tables>, startAfter?: Date): Promise<void>;
  stop(): Promise<void>;
}

/** What a failed attempt leaves in its row until the next one: nothing about the cause, which could name a customer. */
class AttemptFailed extends Error {
  constructor() {
    super('attempt failed');
    this.stack = '';
  }
}

const POLL_S = 2;
const JOBS_LOCK = 0x6c65746a;

/** Starts the jobs of a plane on its pool. The schema is made at the first start. */
export async function startJobs(pool: Pool, schema: string): Promise<JobQueue> {
  const boss = new PgBoss({
    db: { executeSql: (text, values) => pool.query(text, values as unknown[]) },
    schema,
    schedule: false,
    maintenanceIntervalSeconds: 3600,
    persistWarnings: false,
    persistQueueStats: false,
    reindex: false,
    monitorVacuum: false,
  });
  // A lost database connection is seen here too; pg-boss tries again by itself, and requests report their own errors.
  boss.on('error', () => {});
  await oneAtATime(pool, () => boss.start());
  const workers = new Map<string, string>();
  return {
    async queue(name, options) {
      const { policy, ...changeable } = options;
      await boss.createQueue(name, { ...changeable, ...(policy && { policy }) });
      await boss.updateQueue(name, changeable);
    },
    async work<Data extends object>(name: string, handler: (data: Data) => Promise<void>, pollS = POLL_S) {
      const id = await boss.work(
        name,
        { includeMetadata: true, batchSize: 1, pollingIntervalSeconds: pollS },
        async ([job]: JobWithMetadata<Data>[]) => {
          if (!job) return;
          try {
            await handler(job.data);
          } catch {
            if (job.retryCount < job.retryLimit) throw new AttemptFailed();
          }
          await boss.deleteJob(name, job.id);
        },
      );
      workers.set(name, id);
    },
    async send(name, data, tx, startAfter) {
      await boss.send(name, data, { ...(tx && { db: fromKysely(tx) }), ...(startAfter && { startAfter }) });
      const worker = workers.get(name);
      // The worker looks once the caller's transaction has had time to commit; without this it looks when it polls.
      if (worker && !startAfter) setTimeout(() => boss.notifyWorker(worker), 30).unref();
    },
    stop: () => boss.stop({ graceful: true, close: false, timeout: 5000 }),
  };
}

/** Processes that start together take turns: pg-boss does not expect its schema to appear while it makes it. */
async function oneAtATime(pool: Pool, work: () => Promise<unknown>): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [JOBS_LOCK]);
    await work();
  } finally {
    // The lock ends with its connection.
    client.release(true);
  }
}
