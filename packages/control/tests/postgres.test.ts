/** Lethe's own PostgreSQL: durable, unheard, unseen, and back after every kind of end. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Postgres, startPostgres } from '@lethe/control/postgres';
import { LetheError } from '@lethe/core';
import { openPool } from '../src/db/open.ts';
import { newDirectory, query } from './support/database.ts';
import { until } from './support/service.ts';

interface Place {
  root: string;
  dataDir: string;
  runDir: string;
}

function newPlace(t: TestContext): Place {
  const root = newDirectory();
  t.after(() => rmSync(root, { recursive: true, force: true }));
  return { root, dataDir: join(root, 'data'), runDir: join(root, 'run') };
}

async function started(t: TestContext, place: Place): Promise<Postgres> {
  const postgres = await startPostgres(place);
  t.after(() => postgres.stop());
  return postgres;
}

const isRunning = (pid: number): boolean => existsSync(`/proc/${pid}/exe`) && readlinkSync(`/proc/${pid}/exe`) !== '';
const postmasterPid = (place: Place): number =>
  Number(readFileSync(join(place.dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[0]);
const refused = (code: string, pattern: RegExp) => (error: unknown) =>
  error instanceof LetheError && error.code === code && pattern.test(error.message);

test('what was stored is there after stop and start', async (t) => {
  const place = newPlace(t);
  const progress: string[] = [];
  const first = await startPostgres({ ...place, onProgress: (text) => progress.push(text) });
  await query(first.url, 'create table kept (value text)');
  await query(first.url, "insert into kept values ('here')");
  await first.stop();
  assert.ok(progress.length > 0);
  assert.ok(!isRunning(first.pid));
  assert.ok(!existsSync(join(place.dataDir, 'postgres/postmaster.pid')));
  const second = await started(t, place);
  assert.deepEqual(await query(second.url, 'select value from kept'), [{ value: 'here' }]);
  await second.stop();
  await second.stop();
});

test('a connection that is lost in somebody’s hands fails the next query, and nothing else', async (t) => {
  const { url } = await started(t, newPlace(t));
  const pool = openPool(url, 2);
  t.after(() => pool.end());
  const client = await pool.connect();
  try {
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    await query(url, `select pg_terminate_backend(${rows[0]!.pid})`);
    // Unheard, the loss would end the process, and with it the test.
    await until(() =>
      client.query('select 1').then(
        () => false,
        () => true,
      ),
    );
  } finally {
    client.release(true);
  }
  assert.deepEqual((await pool.query('select 1 as one')).rows, [{ one: 1 }]);
});

test('every log setting is off in effect, and what is durable is on', async (t) => {
  const place = newPlace(t);
  const { url } = await started(t, place);
  const rows = await query<{ name: string; setting: string }>(url, 'select name, setting from pg_settings');
  const all = Object.fromEntries(rows.map(({ name, setting }) => [name, setting]));
  const quiet = ['off', '-1', '0', 'none', 'panic', ''];
  const shapes =
    /^log_(destination|directory|error_verbosity|file_mode|filename|rotation_\w+|timezone|truncate_on_rotation)$/;
  const speaking = Object.keys(all).filter(
    (name) => name.startsWith('log_') && !shapes.test(name) && !quiet.includes(all[name]!),
  );
  assert.deepEqual(speaking, []);
  const expected = {
    logging_collector: 'off',
    listen_addresses: '',
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    data_checksums: 'on',
    track_activities: 'off',
    track_commit_timestamp: 'off',
    archive_mode: 'off',
    debug_print_parse: 'off',
    debug_print_plan: 'off',
    debug_print_rewritten: 'off',
  };
  for (const [name, value] of Object.entries(expected)) assert.equal(all[name], value, name);
});

test('it listens on one socket in a private directory and runs as nobody important', async (t) => {
  const place = newPlace(t);
  const { pid } = await started(t, place);
  const sockets = readdirSync(`/proc/${pid}/fd`)
    .map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`))
    .flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []);
  const inTable = (table: string) =>
    sockets.filter((inode) => new RegExp(`\\s${inode}\\s`).test(readFileSync(`/proc/${pid}/net/${table}`, 'utf8')));
  assert.equal(inTable('unix').length > 0, true, 'the check sees sockets');
  for (const table of ['tcp', 'tcp6', 'udp', 'udp6']) assert.deepEqual(inTable(table), [], table);
  for (const directory of [join(place.runDir, 'postgres'), join(place.dataDir, 'postgres')]) {
    assert.equal(statSync(directory).mode & 0o777, 0o700, directory);
  }
  assert.equal(statSync(`/proc/${pid}`).uid === 0, false, 'it runs as root');
  const outputs = [1, 2].map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  assert.ok(
    outputs.every((link) => link === '/dev/null' || link.startsWith('pipe:') || link.startsWith('socket:')),
    outputs.join(),
  );
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  const names = children.map((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8'));
  assert.ok(!names.some((name) => name.includes('logger')), 'a log collector runs');
});

test('errors of statements reach nobody but the one who sent them', async (t) => {
  const place = newPlace(t);
  const { url } = await started(t, place);
  await assert.rejects(query(url, "select 'needle-in-statement'::integer"));
  await query(url, 'checkpoint');
  const files = readdirSync(join(place.dataDir, 'postgres'), { recursive: true, encoding: 'utf8' })
    .map((name) => join(place.dataDir, 'postgres', name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
  assert.ok(files.length > 100);
  assert.deepEqual(
    files.filter((path) => readFileSync(path).includes('needle-in-statement')),
    [],
  );
});

test('kill -9 of the database: acknowledged rows are there, and the stale pid file is in nobody’s way', async (t) => {
  const place = newPlace(t);
  const first = await started(t, place);
  await query(first.url, 'create table kept (value integer)');
  await query(first.url, 'insert into kept select generate_series(1, 1000)');
  process.kill(first.pid, 'SIGKILL');
  await until(() => !isRunning(first.pid));
  assert.ok(existsSync(join(place.dataDir, 'postgres/postmaster.pid')), 'the pid file is stale');
  const second = await started(t, place);
  assert.deepEqual(await query(second.url, 'select count(*)::integer as n from kept'), [{ n: 1000 }]);
});

/** Starts the database from a process of its own, which is then killed without warning. */
function startElsewhere(t: TestContext, place: Place): { child: ChildProcess; running: Promise<void> } {
  const module = fileURLToPath(import.meta.resolve('@lethe/control/postgres'));
  const program = `
    import { startPostgres } from ${JSON.stringify(module)};
    await startPostgres(${JSON.stringify(place)});
    process.stdout.write('running');
    setInterval(() => {}, 1000);
  `;
  const child = spawn(
    process.execPath,
    ['--input-type=module', '--disable-warning=ExperimentalWarning', '-e', program],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  t.after(() => child.kill('SIGKILL'));
  const running = new Promise<void>((resolve, reject) => {
    child.stdout!.once('data', () => resolve());
    child.once('exit', () => reject(new Error('it ended early')));
  });
  return { child, running };
}

test('a database that outlived its killed parent is ended cleanly and started anew', async (t) => {
  const place = newPlace(t);
  const { child, running } = startElsewhere(t, place);
  await running;
  const orphan = postmasterPid(place);
  child.kill('SIGKILL');
  await until(() => child.signalCode !== null);
  assert.ok(isRunning(orphan), 'it outlives its parent');
  const postgres = await started(t, place);
  assert.ok(!isRunning(orphan));
  assert.notEqual(postgres.pid, orphan);
  assert.deepEqual(await query(postgres.url, 'select 1 as one'), [{ one: 1 }]);
});

test('a pid file that names a stranger kills nobody', async (t) => {
  const place = newPlace(t);
  const first = await startPostgres(place);
  await first.stop();
  const stranger = spawn('sleep', ['600']);
  t.after(() => stranger.kill('SIGKILL'));
  const file = join(place.dataDir, 'postgres/postmaster.pid');
  writeFileSync(file, `${stranger.pid}\n${join(place.dataDir, 'postgres')}\n1\n5432\n\n\n  1 1\nready\n`);
  await started(t, place);
  assert.equal(stranger.exitCode ?? stranger.signalCode, null);
});

test('a first start that was cut short is thrown away by the next', async (t) => {
  const place = newPlace(t);
  mkdirSync(join(place.dataDir, 'postgres.new/base'), { recursive: true });
  writeFileSync(join(place.dataDir, 'postgres.new/PG_VERSION'), '15\n');
  const { url } = await started(t, place);
  assert.deepEqual(await query(url, 'select 1 as one'), [{ one: 1 }]);
  assert.ok(!existsSync(join(place.dataDir, 'postgres.new')));
});

test('a data directory of a version that is not installed is left alone', async (t) => {
  const place = newPlace(t);
  mkdirSync(join(place.dataDir, 'postgres'), { recursive: true });
  writeFileSync(join(place.dataDir, 'postgres/PG_VERSION'), '9\n');
  await assert.rejects(startPostgres(place), refused('missing_tool', /PostgreSQL 9.*postgresql-9/));
});

test('a directory that the database user cannot enter is named', async (t) => {
  const place = newPlace(t);
  chmodSync(place.root, 0o700);
  await assert.rejects(startPostgres(place), refused('database_failed', /cannot enter .*chmod o\+x/));
});

test('a run directory with too long a path is refused before anything starts', async (t) => {
  const place = newPlace(t);
  await assert.rejects(
    startPostgres({ ...place, runDir: join(place.root, 'x'.repeat(100)) }),
    refused('database_failed', /too long/),
  );
});

test('a damaged database says why it does not start, and nothing keeps running', async (t) => {
  const place = newPlace(t);
  await (await startPostgres(place)).stop();
  rmSync(join(place.dataDir, 'postgres/global/pg_control'));
  await assert.rejects(startPostgres(place), refused('database_failed', /did not start: .+/));
});
