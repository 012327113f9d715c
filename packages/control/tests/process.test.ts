/** The control process and its parent: start, refusals, join tokens, stopping. */

import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { call } from './support/customer.ts';
import { query, testDatabase } from './support/database.ts';
import { forkControl } from './support/process.ts';

const database = testDatabase();

function dataDir(name: string): string {
  const path = join(database.directory, name);
  mkdirSync(path, { mode: 0o711 });
  return path;
}

test('it starts, says so, hands out mails and join tokens, and ends when told', async (t) => {
  const control = await forkControl(t, { dataDir: dataDir('one'), databaseUrl: await database.create() });
  assert.deepEqual((await call(control, 'GET', '/api/health')).body, { ok: true });
  const tokens = [await control.joinToken(), await control.joinToken()];
  assert.equal(new Set(tokens).size, 2);
  assert.equal(await control.stop(), '0');
  assert.equal(control.output(), '', 'it writes nothing to its outputs');
});

test('it ends when its parent is gone', async (t) => {
  const control = await forkControl(t, { dataDir: dataDir('two'), databaseUrl: await database.create() });
  control.child.disconnect();
  assert.equal(await control.ended, '0');
});

test('Ctrl-C is for the parent', async (t) => {
  const control = await forkControl(t, { dataDir: dataDir('three'), databaseUrl: await database.create() });
  control.child.kill('SIGINT');
  assert.equal((await call(control, 'GET', '/api/health')).status, 200);
});

test('what keeps it from starting is said in one message, and the process ends', async (t) => {
  const databaseUrl = await database.create();
  const running = await forkControl(t, { dataDir: dataDir('four'), databaseUrl });
  const fatal = async (config: object) => {
    const error = await forkControl(t, { dataDir: join(database.directory, 'four'), databaseUrl, ...config }).then(
      () => assert.fail('it started'),
      (reason) => reason as { fatal: { code: string; message: string }; ended: Promise<string> },
    );
    assert.equal(await error.ended, '1');
    return error.fatal;
  };
  const port = Number(new URL(running.url).port);
  assert.equal((await fatal({ port })).code, 'port_in_use');
  assert.equal((await fatal({ databaseUrl: databaseUrl.replace('%2Frun', '%2Fnone') })).code, 'database_failed');
  assert.equal((await fatal({ publicUrl: 'no url' })).code, 'bad_request');
  assert.equal((await fatal({ port: 70_000 })).code, 'bad_request');
  const broken = dataDir('broken');
  mkdirSync(join(broken, 'control'), { mode: 0o700 });
  writeFileSync(join(broken, 'control/voucher'), 'short');
  const { code, message } = await fatal({ dataDir: broken });
  assert.deepEqual([code, message.includes('short')], ['internal', false]);
});

test('a database of a newer version is left alone', async (t) => {
  const config = { dataDir: dataDir('five'), databaseUrl: await database.create() };
  await (await forkControl(t, config)).stop();
  await query(config.databaseUrl, 'insert into fleet.migrations (step) values (999)');
  const error = await forkControl(t, config).catch((reason) => reason as { fatal: { code: string } });
  assert.equal('fatal' in error && error.fatal.code, 'database_failed');
});

test('two processes that start on an empty database at the same time both come up', async (t) => {
  const config = { dataDir: dataDir('six'), databaseUrl: await database.create() };
  const both = await Promise.all([forkControl(t, config), forkControl(t, config)]);
  for (const control of both) assert.equal((await call(control, 'GET', '/api/regions')).status, 200);
  assert.deepEqual(readdirSync(join(config.dataDir, 'control')).toSorted(), ['codes', 'enrolment', 'voucher']);
});

test('secrets are readable by their owner alone and stay the same', async (t) => {
  const config = { dataDir: dataDir('seven'), databaseUrl: await database.create() };
  const directory = join(config.dataDir, 'control');
  const read = () => readdirSync(directory).map((name) => readFileSync(join(directory, name), 'hex'));
  await (await forkControl(t, config)).stop();
  const first = read();
  assert.equal(statSync(directory).mode & 0o777, 0o700);
  for (const name of readdirSync(directory)) assert.equal(statSync(join(directory, name)).mode & 0o777, 0o600);
  assert.deepEqual(
    first.map((text) => text.length),
    [64, 64, 64],
  );
  assert.equal(new Set(first).size, 3);
  await (await forkControl(t, config)).stop();
  assert.deepEqual(read(), first);
});
