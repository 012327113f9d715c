/**
 * The planes do not meet, and what is stored is the declared list (CL-08, CL-17): compared with the database itself, column by
 * column, and searched for in its files and in everything the service says.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { call, createServer, list, newDevice, newOwner, signIn, voucher } from './support/customer.ts';
import { query, testDatabase } from './support/database.ts';
import { connectHost, enrolment } from './support/host.ts';
import { startService, until } from './support/service.ts';

type Tables = Record<string, Record<string, string>>;
interface StoredFields {
  accounts: Tables;
  fleet: Tables;
  proof: Tables;
  jobs: { tables: Tables; empty: string[] };
}

const file = fileURLToPath(new URL('../../../spec/stored-fields.json', import.meta.url));
const declared = JSON.parse(readFileSync(file, 'utf8')) as StoredFields;
const database = testDatabase();
const SYSTEM = "('pg_catalog', 'information_schema')";

interface Column {
  schema: string;
  table: string;
  column: string;
  type: string;
}

const columnsOf = (url: string) =>
  query<Column & Record<string, unknown>>(
    url,
    `select table_schema as schema, table_name as table, column_name as column, data_type as type
     from information_schema.columns where table_schema not in ${SYSTEM}`,
  );

/** pg-boss names one table for each day. */
const plainName = (table: string): string => table.replace(/_\d{8}$/, '_<day>');

function declaredColumns(): string[] {
  const flat = (schema: string, tables: Tables): string[] =>
    Object.entries(tables).flatMap(([table, columns]) =>
      Object.keys(columns).map((column) => `${schema}.${table}.${column}`),
    );
  return [
    ...flat('accounts', declared.accounts),
    ...flat('fleet', declared.fleet),
    ...flat('proof', declared.proof),
    ...flat('accounts_jobs', declared.jobs.tables),
    ...flat('fleet_jobs', declared.jobs.tables),
  ];
}

test('the columns of the database are the declared list and nothing else', async (t) => {
  const { databaseUrl } = await startService(t, database);
  const found = (await columnsOf(databaseUrl)).map(
    ({ schema, table, column }) => `${schema}.${plainName(table)}.${column}`,
  );
  assert.deepEqual([...new Set(found)].toSorted(), declaredColumns().toSorted());
  const meanings = JSON.stringify(declared).match(/:""/g);
  assert.equal(meanings, null, 'a column without a meaning');
});

/** The tables about machines (fleet/incidents/forget.ts says what becomes of their times). */
const FINE = ['fleet.incidents', 'fleet.deliveries'];

test('no column of accounts and fleet can hold a time finer than a day, but for incidents', async (t) => {
  const { databaseUrl } = await startService(t, database);
  const fine = (await columnsOf(databaseUrl)).filter(
    ({ schema, table, type }) =>
      ['accounts', 'fleet', 'proof'].includes(schema) &&
      /time|interval/.test(type) &&
      !FINE.includes(`${schema}.${table}`),
  );
  assert.deepEqual(fine, []);
});

test('no foreign key, view, function or trigger crosses a plane', async (t) => {
  const { databaseUrl } = await startService(t, database);
  const keys = await query<{ source: string; target: string }>(
    databaseUrl,
    `select s.nspname as source, t.nspname as target from pg_constraint c
     join pg_class sc on sc.oid = c.conrelid join pg_namespace s on s.oid = sc.relnamespace
     join pg_class tc on tc.oid = c.confrelid join pg_namespace t on t.oid = tc.relnamespace where c.contype = 'f'`,
  );
  assert.ok(keys.length > 0, 'the query sees foreign keys');
  assert.deepEqual(
    keys.filter(({ source, target }) => source !== target),
    [],
  );
  const others = await query(
    databaseUrl,
    `select 'view' as kind from pg_views where schemaname not in ${SYSTEM}
     union all select 'trigger' from pg_trigger where not tgisinternal
     union all select 'function' from pg_proc p join pg_namespace n on n.oid = p.pronamespace
       where n.nspname in ('accounts', 'fleet', 'proof')`,
  );
  assert.deepEqual(others, []);
});

/** Lives a whole customer's life, then returns what each plane knows as text. */
async function wholeLife(t: Parameters<typeof startService>[0], running?: Awaited<ReturnType<typeof startService>>) {
  const service = running ?? (await startService(t, database));
  const host = await connectHost(service);
  const email = 'findme-needle@example.com';
  const token = await signIn(service, email);
  const owner = await newOwner();
  const used = await voucher(service, token);
  const { id } = await createServer(service, { owner, voucher: used });
  const keys = await enrolment(id, (await host.server(id)).enrolmentToken!);
  host.send({ type: 'enrol', enrolment: keys });
  host.send({ type: 'stage', server: id, stage: 'ready' });
  host.send({ type: 'applied', server: id, counter: 1 });
  const devices = await list(owner, id, 2, [await newDevice(2)]);
  await call(service, 'PUT', `/api/servers/${id}/devices`, { owner, body: { devices } });
  await until(async () => (await call(service, 'GET', `/api/servers/${id}`, { owner })).body.counter === 1);
  const rowsOf = async (schemas: string[]) => {
    const tables = (await columnsOf(service.databaseUrl)).filter(({ schema }) => schemas.includes(schema));
    const names = [...new Set(tables.map(({ schema, table }) => `${schema}."${table}"`))];
    const rows = await Promise.all(
      names.map((name) => query(service.databaseUrl, `select t::text as row from ${name} t`)),
    );
    return rows
      .flat()
      .map(({ row }) => String(row))
      .join('\n');
  };
  return { service, host, email, token, owner, used, id, keys, rowsOf };
}

test('nothing of one plane is found in the other, not even a shared value', async (t) => {
  const life = await wholeLife(t);
  const accounts = await life.rowsOf(['accounts', 'accounts_jobs']);
  const fleet = await life.rowsOf(['fleet', 'fleet_jobs']);
  assert.ok(accounts.includes(life.email) && fleet.includes(life.id) && fleet.includes(life.owner.ownerKey));
  for (const secret of [life.id, life.owner.ownerKey, life.keys.wireguardKey, life.used, life.used.split('.')[1]!]) {
    assert.ok(!accounts.includes(secret), 'the accounts plane holds something of the fleet');
  }
  for (const secret of [life.email, life.token, life.used, life.used.split('.')[1]!]) {
    assert.ok(!fleet.includes(secret), 'the fleet plane holds something of the account');
  }
  const long = (text: string) => new Set(text.match(/[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32,}|[\w+/-]{40,}/g));
  const shared = [...long(accounts)].filter((value) => long(fleet).has(value));
  assert.deepEqual(shared, [], 'a value that both planes hold');
});

test('tokens and codes are stored as hashes only', async (t) => {
  const life = await wholeLife(t);
  await call(life.service, 'POST', '/api/account/codes', { body: { email: 'second@example.com' } });
  const mail = await life.service.nextMail('second@example.com');
  const code = /(\d{4}) (\d{4})/.exec(mail.text)!;
  const joinToken = await life.service.control.joinToken();
  const rows = await life.rowsOf(['accounts', 'accounts_jobs', 'fleet', 'fleet_jobs']);
  const enrolToken = (await life.host.server(life.id)).enrolmentToken ?? 'none sent';
  for (const secret of [
    life.token,
    code[0]!,
    code[1]! + code[2]!,
    joinToken,
    life.used,
    enrolToken,
    'second@example.com',
  ]) {
    assert.ok(!rows.includes(secret));
    assert.ok(!rows.includes(Buffer.from(secret).toString('hex')));
  }
});

test('the job tables hold work, not history', async (t) => {
  const life = await wholeLife(t);
  for (const schema of ['accounts_jobs', 'fleet_jobs']) {
    const jobs = () =>
      query<{ name: string; state: string }>(life.service.databaseUrl, `select name, state from ${schema}.job`);
    // What stays is the next daily round, waiting.
    await until(async () => (await jobs()).every(({ name, state }) => name === 'daily' && state === 'created'));
    assert.equal((await jobs()).length, 1);
  }
  for (const { schema, table } of await columnsOf(life.service.databaseUrl)) {
    if (!schema.endsWith('_jobs') || !declared.jobs.empty.includes(plainName(table))) continue;
    assert.deepEqual(await query(life.service.databaseUrl, `select 1 from ${schema}."${table}"`), [], table);
  }
});

/** Every regular file below a directory. */
function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
}

/** Every file below a directory with its content. The database may rename a segment of its journal meanwhile: then all is read again. */
function contentsBelow(directory: string): Map<string, Buffer> {
  for (let left = 20; ; left -= 1) {
    try {
      return new Map(filesBelow(directory).map((path) => [path, readFileSync(path)]));
    } catch (error) {
      if (left === 0 || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

test('neither the files of the database nor those of the service hold the address of a client', async (t) => {
  const life = await wholeLife(t);
  // The same requests once more from addresses that nothing else on this machine uses.
  const { port } = new URL(life.service.url);
  const needle = '127.83.117.29';
  for (const path of ['/api/health', '/api/account', '/api/servers', '/']) {
    const request = get({ host: '127.0.0.1', port, path, localAddress: needle });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    await response.resume().toArray();
  }
  await query(life.service.databaseUrl, 'checkpoint');
  const contents = contentsBelow(database.directory);
  const files = [...contents.keys()];
  const holding = (text: string): string[] => files.filter((path) => contents.get(path)!.includes(text));
  assert.notDeepEqual(holding(life.email), [], 'the search sees what is stored');
  assert.deepEqual(holding('127.83.117'), []);
  const logs = files.filter((path) => /\.log$|\/log\//.test(path));
  assert.deepEqual(logs, [], 'the database keeps a log');
});

/** Every file below a directory: its content and when it changed last. */
function filesOf(directory: string): Record<string, string> {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' }).toSorted();
  const files = names.map((name) => join(directory, name)).filter((path) => statSync(path).isFile());
  return Object.fromEntries(
    files.map((path) => [path, `${statSync(path).mtimeMs} ${readFileSync(path).toString('base64')}`]),
  );
}

test('no byte of the log depends on what customers do', async (t) => {
  const directory = join(database.directory, 'with-log');
  const content = { image: 'ab'.repeat(32), files: [], sysctls: [], processes: [], egress: [], policyVersion: 1 };
  const service = await startService(t, database, {
    dataDir: directory,
    proof: { headsDir: join(database.directory, 'with-log.heads'), content },
  });
  const places = [join(directory, 'log'), join(directory, 'proof'), join(database.directory, 'with-log.heads')];
  const before = places.map(filesOf);
  assert.ok(Object.keys(before[0]!).length > 5, 'the log has files');
  const life = await wholeLife(t, service);
  await call(service, 'DELETE', `/api/servers/${life.id}`, { owner: life.owner });
  life.host.send({ type: 'gone', server: life.id });
  await service.control.dailyRound();
  assert.deepEqual(places.map(filesOf), before);
  const answer = await fetch(`${service.url}/log/checkpoint`);
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get('content-type')!, /^text\/plain/);
  assert.equal((await fetch(`${service.url}/log/staged`)).status, 404);
});

test('a host that asks gets the release before it is told of servers, and again when it is new', async (t) => {
  const directory = join(database.directory, 'with-hosts');
  const content = { image: 'ab'.repeat(32), files: [], sysctls: [], processes: [], egress: [], policyVersion: 1 };
  const proof = { headsDir: join(database.directory, 'with-hosts.heads'), content };
  const service = await startService(t, database, { dataDir: directory, proof });
  const host = await connectHost(service);
  host.send({ type: 'log', size: 0, release: 0 });
  const release = await until(() => host.received.find((message) => message.type === 'release'));
  assert.equal(release.type === 'release' && release.roots.length, 1);
  const silent = await connectHost(service);
  assert.ok(!silent.received.some((message) => message.type === 'release'), 'a host that did not ask');
});
