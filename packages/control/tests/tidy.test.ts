/**
 * Somebody who got the files of the database tries to pair accounts with servers by what PostgreSQL writes beside a row (CL-17), and
 * to find an account that was closed (CL-18).
 */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { type Databases, startDatabases } from '@lethe/control/postgres';
import { call, createServer, newOwner, signIn, voucher } from './support/customer.ts';
import { newDirectory, query, type TestDatabase } from './support/database.ts';
import { connectHost } from './support/host.ts';
import { startService, type TestService, until } from './support/service.ts';

const directory = newDirectory();
const dataDir = join(directory, 'data');
let databases: Databases | undefined;
before(async () => {
  databases = await startDatabases({ dataDir, runDir: join(directory, 'run') });
});
after(async () => {
  await databases?.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** Fresh databases, one in each instance or one for both planes. */
async function fresh(t: TestContext, name: string, apart: boolean): Promise<TestService> {
  const inNew = async (url: string): Promise<string> => {
    await query(url, `create database ${name}`);
    return url.replace('/lethe?', `/${name}?`);
  };
  const databaseUrl = await inNew(databases!.url);
  const accountsDatabaseUrl = apart ? await inNew(databases!.accountsUrl) : databaseUrl;
  return startService(t, { directory } as TestDatabase, { databaseUrl, accountsDatabaseUrl });
}

const CUSTOMERS = 10;

/** Customers who each get a voucher and make a server with it at once, one after another. */
async function liveSomeLives(service: TestService): Promise<{ emails: string[]; servers: string[] }> {
  await connectHost(service, { ports: { first: 40000, count: 50 } });
  const emails = Array.from({ length: CUSTOMERS }, (_, index) => `customer-${index}@example.com`);
  const servers: string[] = [];
  for (const email of emails) {
    const token = await signIn(service, email);
    const made = await createServer(service, { owner: await newOwner(), voucher: await voucher(service, token) });
    assert.equal(made.status, 201);
    servers.push(made.id);
  }
  return { emails, servers };
}

interface Row {
  name: string;
  xmin: string;
}

const inOrder = (url: string, table: string, column: string) =>
  query<Row>(url, `select ${column} as name, xmin::text as xmin from ${table} order by ctid`);

test('in one database, rows of both planes pair by transaction number until the round, and by nothing after it', async (t) => {
  const service = await fresh(t, 'together', false);
  const { emails, servers } = await liveSomeLives(service);
  const { databaseUrl: url } = service;
  /** Each server goes to the account whose row was last written before its own. */
  const pairs = async (): Promise<number> => {
    const accounts = await inOrder(url, 'accounts.accounts', 'email');
    const made = await inOrder(url, 'fleet.servers', 'id');
    return made.filter(({ name, xmin }) => {
      const earlier = accounts.filter((account) => Number(account.xmin) < Number(xmin));
      const guess = earlier.toSorted((a, b) => Number(b.xmin) - Number(a.xmin))[0]?.name;
      return guess !== undefined && guess === emails[servers.indexOf(name)];
    }).length;
  };
  assert.equal(await pairs(), CUSTOMERS, 'the attempt works where nothing was done against it');
  await service.control.dailyRound();
  assert.ok((await pairs()) <= 1);
  const { rows, numbers } = await shape(url, url);
  assert.deepEqual(numbers, [1, 1, 1, 1], 'transaction numbers in a table');
  assert.notDeepEqual(rows.accounts, emails);
  assert.notDeepEqual(rows.servers, servers);
});

/** The order of the rows, and how many different transaction numbers each table has. */
async function shape(accountsUrl: string, fleetUrl: string) {
  const accounts = await inOrder(accountsUrl, 'accounts.accounts', 'email');
  const sessions = await inOrder(accountsUrl, 'accounts.sessions', 'token_hash');
  const servers = await inOrder(fleetUrl, 'fleet.servers', 'id');
  const vouchers = await inOrder(fleetUrl, 'fleet.spent_vouchers', 'spent_key');
  return {
    rows: { accounts: accounts.map(({ name }) => name), servers: servers.map(({ name }) => name) },
    numbers: [accounts, sessions, servers, vouchers].map((table) => new Set(table.map(({ xmin }) => xmin)).size),
  };
}

test('with an instance for each plane, they share no counter and no journal, and the round takes the order too', async (t) => {
  const service = await fresh(t, 'apart', true);
  const { emails, servers } = await liveSomeLives(service);
  const accountsUrl = databases!.accountsUrl.replace('/lethe?', '/apart?');
  const system = async (url: string) =>
    (await query<{ id: string }>(url, 'select system_identifier::text as id from pg_control_system()'))[0]!.id;
  assert.notEqual(await system(accountsUrl), await system(service.databaseUrl));
  const schemas = (url: string) =>
    query<{ name: string }>(
      url,
      "select nspname as name from pg_namespace where nspname not like 'pg\\_%' and nspname not in ('public', 'information_schema') order by 1",
    ).then((rows) => rows.map(({ name }) => name));
  assert.deepEqual(await schemas(accountsUrl), ['accounts', 'accounts_jobs']);
  assert.deepEqual(await schemas(service.databaseUrl), ['fleet', 'fleet_jobs', 'proof']);

  const before = await shape(accountsUrl, service.databaseUrl);
  assert.deepEqual(before.rows, { accounts: emails, servers }, 'before the round the order pairs them');
  await service.control.dailyRound();
  const { rows, numbers } = await shape(accountsUrl, service.databaseUrl);
  assert.deepEqual(numbers, [1, 1, 1, 1]);
  assert.deepEqual(rows.accounts.toSorted(), emails.toSorted());
  assert.deepEqual(rows.servers.toSorted(), servers.toSorted());
  assert.notDeepEqual(rows.accounts, emails);
  assert.notDeepEqual(rows.servers, servers);
});

test('every table of a plane is written anew', async (t) => {
  const service = await fresh(t, 'complete', false);
  const files = () =>
    query<{ name: string; file: number }>(
      service.databaseUrl,
      `select n.nspname || '.' || c.relname as name, c.relfilenode::integer as file from pg_class c
       join pg_namespace n on n.oid = c.relnamespace
       where n.nspname in ('accounts', 'fleet') and c.relkind = 'r' and c.relname <> 'migrations' order by 1`,
    );
  const before = await files();
  assert.ok(before.length >= 8);
  await service.control.dailyRound();
  const now = await files();
  const same = now.filter(({ file }, index) => file === before[index]!.file).map(({ name }) => name);
  assert.deepEqual(same, []);
});

test('requests go on while a plane is written anew', async (t) => {
  const service = await fresh(t, 'busy', false);
  const token = await signIn(service, 'busy@example.com');
  let over = false;
  const rounds = (async () => {
    for (let round = 0; round < 5; round += 1) await service.control.dailyRound();
    over = true;
  })();
  let version = 0;
  while (!over) {
    version += 1;
    const body = { version, ciphertext: 'AAAA' };
    assert.equal((await call(service, 'PUT', '/api/account/vault', { token, body })).status, 200);
    assert.equal((await call(service, 'GET', '/api/account', { token })).status, 200);
  }
  await rounds;
  assert.equal((await call(service, 'GET', '/api/account/vault', { token })).body.version, version);
});

test('closing an account queues its forgetting within minutes, once for all who leave', async (t) => {
  const service = await fresh(t, 'soon', false);
  const tokens = [await signIn(service, 'one@example.com'), await signIn(service, 'two@example.com')];
  for (const token of tokens) await call(service, 'DELETE', '/api/account', { token });
  const url = service.databaseUrl;
  const waiting = "from accounts_jobs.job where name = 'forget'";
  const jobs = await query<{ soon: boolean }>(
    url,
    `select start_after between now() and now() + interval '6 minutes' as soon ${waiting}`,
  );
  assert.deepEqual(jobs, [{ soon: true }]);
  const file = () =>
    query<{ n: number }>(
      url,
      "select relfilenode::integer as n from pg_class where oid = 'accounts.accounts'::regclass",
    );
  const before = (await file())[0]!.n;
  await query(url, "update accounts_jobs.job set start_after = now() where name = 'forget'");
  await until(async () => (await query(url, `select 1 ${waiting}`)).length === 0);
  assert.notEqual((await file())[0]!.n, before, 'the table was written anew');
});

/** Files below the data directory that hold a text. */
function filesWith(text: string): string[] {
  return readdirSync(dataDir, { recursive: true, encoding: 'utf8' })
    .map((name) => join(dataDir, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() && readFileSync(path).includes(text));
}

test('after an account was closed and the round, no file of the database holds its address or its vault', async (t) => {
  const service = await fresh(t, 'closing', true);
  const accountsUrl = databases!.accountsUrl.replace('/lethe?', '/closing?');
  const token = await signIn(service, 'gone-needle@example.com');
  await signIn(service, 'stays-needle@example.com');
  const body = { version: 1, ciphertext: 'bmVlZGxlLW9mLXRoZS12YXVsdA==' };
  await call(service, 'PUT', '/api/account/vault', { token, body });
  await query(accountsUrl, 'analyze');
  await query(accountsUrl, 'checkpoint');
  assert.ok(filesWith('gone-needle@example.com').length >= 2, 'the search sees rows and journal');
  assert.equal((await call(service, 'DELETE', '/api/account', { token })).status, 204);
  await service.control.dailyRound();
  assert.deepEqual(filesWith('gone-needle'), []);
  assert.deepEqual(filesWith(body.ciphertext), []);
  assert.notDeepEqual(filesWith('stays-needle@example.com'), []);
});
