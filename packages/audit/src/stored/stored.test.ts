import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { storedColumns } from '../checks/stored-columns.ts';
import type { Facts } from '../facts/facts.ts';
import type { Answer } from '../target/session.ts';
import { SQLITE_ID } from './questions.ts';
import { columnsOf, readStoredTables } from './read-tables.ts';

const answer = (text: string): Answer => ({ shell: 'x', status: 'answered', code: 0, text });
const sqlite = (...statements: string[]) =>
  readStoredTables(
    [],
    new Map([[SQLITE_ID, answer(statements.map((one) => `sqlite\t${one}\t/srv/app.db`).join('\n'))]]),
  );

const judged = (name: string, ...columns: string[]): string[] =>
  storedColumns
    .judge({ storedTables: { tables: [{ place: 'postgresql', name, columns }], unread: [] } } as unknown as Facts &
      never)
    .contrary.map(({ title }) => title);

test('columns of a statement: constraints are none, and commas in parentheses divide nothing', () => {
  assert.deepEqual(
    columnsOf(
      'id integer primary key, "lastIp" text default (a, b), [user agent] text, PRIMARY KEY (id, x), CHECK (y > 1), `z`',
    ),
    ['id', 'lastIp', 'user agent', 'z'],
  );
});

test('statements of SQLite are read with quotes and without', () => {
  const fact = sqlite(
    'CREATE TABLE "Session" (id text, ipAddress text)',
    'create table if not exists t(a)',
    'CREATE TABLE broken',
  );
  assert.ok(fact.known);
  assert.deepEqual(fact.value.tables, [
    { place: '/srv/app.db', name: 'Session', columns: ['id', 'ipAddress'] },
    { place: '/srv/app.db', name: 't', columns: ['a'] },
  ]);
});

test('where users come from, when they were there, what they transferred, in any style', () => {
  assert.match(judged('public.users', 'id', 'last_ip')[0]!, /where users come from \(last_ip\)/);
  assert.match(judged('public.users', 'id', 'lastSeenAt')[0]!, /when users were there \(lastSeenAt\)/);
  assert.match(judged('public.session', 'userId', 'ipAddress', 'userAgent')[0]!, /where users come from/);
  assert.match(
    judged('public.connections', 'user_id', 'node', 'started_at')[0]!,
    /which user was on which server when/,
  );
  assert.match(
    judged('radius.radacct', 'username', 'acctinputoctets', 'callingstationid', 'acctstarttime').join(),
    /transferred/,
  );
  assert.match(judged('main.queries', 'timestamp', 'client', 'domain')[0]!, /looked up/);
});

test('what a service needs is no finding', () => {
  assert.deepEqual(judged('public.accounts', 'id', 'email', 'paid_until', 'created_on'), []);
  assert.deepEqual(judged('public.devices', 'id', 'account_id', 'public_key', 'tunnel_address', 'allowed_ips'), []);
  assert.deepEqual(judged('public.servers', 'id', 'ip', 'region', 'last_seen_at'), []);
  assert.deepEqual(judged('public.plans', 'id', 'bandwidth', 'price'), []);
  assert.deepEqual(judged('public.blocklist', 'domain', 'category'), []);
});

test('databases that could not be asked are said to be so', () => {
  const { open } = storedColumns.judge({
    storedTables: { tables: [], unread: ['Tables of PostgreSQL (pid 7): x.'] },
  } as unknown as Facts & never);
  assert.deepEqual(open, ['Tables of PostgreSQL (pid 7): x.']);
  assert.equal(readStoredTables([], new Map()).known, false);
});

test('hostile answers never throw', () => {
  fc.assert(fc.property(fc.string(), (text) => void readStoredTables([], new Map([[SQLITE_ID, answer(text)]]))));
  fc.assert(fc.property(fc.string(), (text) => void sqlite(`CREATE TABLE ${text}`)));
});
