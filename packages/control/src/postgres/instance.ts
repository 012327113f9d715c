/**
 * The PostgreSQL instance of one data directory. It listens on a unix socket in the run directory and nowhere else, keeps what it
 * acknowledged through power loss, and logs nothing.
 */

import { chmodSync, mkdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LetheError } from '@lethe/core';
import pg from 'pg';
import { binariesFor } from './binaries.ts';
import { ensureCluster, ownDirectory } from './cluster.ts';
import { stopOrphan } from './orphan.ts';
import { type Started, start, startFailure } from './run.ts';
import { ROLE, settings } from './settings.ts';
import { checkReachable, databaseUser } from './user.ts';

export interface PostgresOptions {
  /** Name of its directory in `dataDir` and of that of its socket in `runDir`; `postgres` if missing. */
  name?: string;
  /** Holds the files. Others must be able to pass through it (mode 0711), because the database runs as a user of its own. */
  dataDir: string;
  /** Holds the directory of the socket; in memory. */
  runDir: string;
  onProgress?: (text: string) => void;
}

export interface Postgres {
  /** For `pg`: the socket and the database. Holds no secret. */
  url: string;
  /** Process id of the postmaster. */
  pid: number;
  stop(): Promise<void>;
}

const START_LIMIT_MS = 120_000;
const STOP_LIMIT_MS = 30_000;
/** Longest path of a unix socket that Linux takes, with PostgreSQL's file name in it. */
const SOCKET_PATH_LIMIT = 107;
const SOCKET_FILE = '/.s.PGSQL.5432';

/**
 * Starts the database, makes it first where there is none, and ends one that a killed run left behind.
 * Throws `missing_tool`, `disk_full` or `database_failed`; nothing runs in that case.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const { clusterDir, socketDir } = prepareDirectories(options);
  const binaries = binariesFor(clusterDir);
  const user = databaseUser();
  checkReachable(clusterDir, user);
  checkReachable(socketDir, user);
  await stopOrphan(clusterDir);
  options.onProgress?.('Preparing the database');
  await ensureCluster(clusterDir, binaries, user);
  rmSync(socketDir, { recursive: true, force: true });
  ownDirectory(socketDir, user);
  options.onProgress?.('Starting the database');
  const args = Object.entries(settings(socketDir)).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const started = start(join(binaries, 'postgres'), ['-D', clusterDir, ...args], user, clusterDir);
  try {
    await waitUntilReady(started, socketDir);
    await ensureDatabase(socketDir);
  } catch (error) {
    await stopServer(started);
    throw error;
  }
  // From here on nobody reads what it would say; it is set to say nothing.
  started.child.stderr!.destroy();
  started.child.unref();
  return { url: urlOf(socketDir, ROLE), pid: started.child.pid!, stop: () => stopServer(started) };
}

function prepareDirectories({ dataDir, runDir, name = 'postgres' }: PostgresOptions): {
  clusterDir: string;
  socketDir: string;
} {
  for (const directory of [dataDir, runDir]) {
    mkdirSync(directory, { recursive: true, mode: 0o711 });
    const { mode } = statSync(directory);
    if (process.getuid?.() === 0 && (mode & 0o001) === 0) chmodSync(directory, mode | 0o011);
  }
  const socketDir = join(realpathSync(runDir), name);
  if (Buffer.byteLength(socketDir + SOCKET_FILE) > SOCKET_PATH_LIMIT) {
    throw new LetheError(
      'database_failed',
      'The path of the run directory is too long for a socket. Nothing was started. Choose a shorter one.',
    );
  }
  return { clusterDir: join(realpathSync(dataDir), name), socketDir };
}

const urlOf = (socketDir: string, database: string): string =>
  `postgresql://${ROLE}@localhost/${database}?host=${encodeURIComponent(socketDir)}`;

/** Asks until it answers. A server that ends first says why. */
async function waitUntilReady(started: Started, socketDir: string): Promise<void> {
  let ended = false;
  started.child.once('error', () => {
    ended = true;
  });
  started.child.once('close', () => {
    ended = true;
  });
  for (const end = Date.now() + START_LIMIT_MS; Date.now() < end; await sleep(20)) {
    if (ended) throw startFailure(started.lastWords());
    if (await answers(socketDir)) return;
  }
  throw new LetheError('database_failed', 'The database did not answer within two minutes. Nothing was started.');
}

async function answers(socketDir: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: urlOf(socketDir, 'postgres') });
  client.on('error', () => {});
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

async function ensureDatabase(socketDir: string): Promise<void> {
  const client = new pg.Client({ connectionString: urlOf(socketDir, 'postgres') });
  await client.connect();
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [ROLE]);
    if (rowCount === 0) await client.query(`create database ${ROLE}`);
  } finally {
    await client.end();
  }
}

/** Fast shutdown: open transactions are rolled back, everything acknowledged is on disk. Succeeds if it has ended already. */
async function stopServer({ child }: Started): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.ref();
  child.kill('SIGINT');
  const force = setTimeout(() => child.kill('SIGQUIT'), STOP_LIMIT_MS);
  await ended;
  clearTimeout(force);
}
