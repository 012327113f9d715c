/** `lethe incidents` and `lethe alarms` as processes, against a real control plane with a host that reports drift. */

import assert from 'node:assert/strict';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { makeKey } from '@lethe/cli/change/key-file';
import { createServer, newOwner, signIn, voucher } from '../../control/tests/support/customer.ts';
import { testDatabase } from '../../control/tests/support/database.ts';
import { connectHost } from '../../control/tests/support/host.ts';
import { startReceiver } from '../../control/tests/support/receiver.ts';
import { startService, until } from '../../control/tests/support/service.ts';
import { lethe } from './harness.ts';

const database = testDatabase();
const CONTENT = { image: 'ab'.repeat(32), files: [], sysctls: [], processes: [], egress: [], policyVersion: 1 };

async function setUp(t: TestContext) {
  const receiver = await startReceiver(t);
  const dataDir = join(database.directory, 'service');
  mkdirSync(dataDir, { mode: 0o711 });
  const channels = [{ name: 'ours', type: 'webhook', url: receiver.url }];
  writeFileSync(join(dataDir, 'alarms.json'), JSON.stringify({ channels }), { mode: 0o600 });
  const service = await startService(t, database, {
    dataDir,
    proof: { headsDir: join(database.directory, 'heads'), content: CONTENT },
  });
  const host = await connectHost(service);
  const token = await signIn(service, 'cli@example.com');
  const { id } = await createServer(service, { owner: await newOwner(), voucher: await voucher(service, token) });
  await host.server(id);
  const home = join(database.directory, 'home');
  mkdirSync(home);
  const run = (...args: string[]) => lethe([...args, '--service', service.url, '--profile', home], { cwd: home });
  const drift = (kinds: string[]) => host.send({ type: 'drift', server: id, kinds });
  return { receiver, dataDir, home, server: id, run, drift };
}

test('an incident from its alarm to its cause, and who may not', async (t) => {
  const { receiver, dataDir, home, server, run, drift } = await setUp(t);
  const machine = ['--machine-key', dataDir];
  const none = await run('incidents', 'list', ...machine);
  assert.deepEqual([none.code, /No incident is open/.test(none.out)], [0, true], none.err);
  drift(['process']);
  await until(() => receiver.taken.length === 1);

  const open = await run('incidents', 'list', ...machine);
  assert.equal(open.code, 1, 'one is open and not acknowledged');
  assert.match(open.out, /home .* seen, new +A program runs on a server that its release does not name\./);
  const id = /^([0-9a-f]{8}) /m.exec(open.out)![1]!;
  const json = await run('incidents', 'list', '--json', ...machine);
  const [view] = json.json()['incidents'] as [{ id: string; kind: string; server: string }];
  assert.deepEqual([json.code, view.id.slice(0, 8), view.kind, view.server], [1, id, 'process', server]);

  const took = await run('incidents', 'acknowledge', id, ...machine);
  assert.equal(took.code, 0, took.err);
  assert.equal((await run('incidents', 'list', ...machine)).code, 0, 'open, but somebody has taken it up');
  const early = await run('incidents', 'close', id, '--cause', 'x', ...machine);
  assert.deepEqual([early.code, /still seen/.test(early.err)], [2, true]);
  drift([]);
  await until(() => receiver.taken.length === 2);
  const closed = await run('incidents', 'close', id, '--cause', 'a debugger\u001b[2J left running', ...machine);
  assert.equal(closed.code, 0, closed.err);
  await until(() => receiver.taken.length === 3);

  const shown = await run('incidents', 'show', id, ...machine);
  assert.ok(!shown.out.includes('\u001b[2J'), 'a cause cannot steer the terminal');
  for (const line of [
    /seen for the first time/,
    /no longer seen/,
    /acknowledged by this machine/,
    /closed by this machine: a debugger.* left running/,
    /ours was told the alarm/,
    /ours was told that it is gone/,
    /in the public log/,
  ])
    assert.match(shown.out, line);
  assert.match((await run('incidents', 'list', ...machine)).out, /No incident is open/);
  assert.match((await run('incidents', 'list', '--all', ...machine)).out, /closed/);
  assert.equal((await run('incidents', 'show', 'ffffffff', ...machine)).code, 1);
  assert.equal((await run('incidents', 'show', id.slice(0, 7), ...machine)).code, 2);

  const status = await run('alarms', 'status', ...machine);
  assert.deepEqual([status.code, /ours +webhook +0 .*ok/.test(status.out)], [0, true], status.out + status.err);
  assert.ok(!status.out.includes('127.0.0.1'));
  assert.match((await run('alarms', 'test', ...machine)).out, /ours +taken/);
  receiver.status = 500;
  assert.equal((await run('alarms', 'test', ...machine)).code, 1);
  receiver.status = 200;

  const { text } = await makeKey('eve', 'three blind mice run', { N: 1024, r: 8, p: 1 });
  writeFileSync(join(home, 'eve.key'), text, { mode: 0o600 });
  writeFileSync(join(home, 'phrase'), 'three blind mice run\n', { mode: 0o600 });
  const eve = await run('incidents', 'list', '--key', 'eve.key', '--passphrase-file', 'phrase', '--json');
  assert.deepEqual([eve.code, (eve.json()['error'] as { code: string }).code], [1, 'too_few_approvals']);
  assert.equal((await run('alarms', 'status')).code, 2, 'without a key');

  const fsck = await run('log', 'fsck', join(dataDir, 'log'), '--policy', join(dataDir, 'log', 'policy'));
  assert.equal(fsck.code, 0, fsck.err);
  const verified = await run('verify', join(dataDir, 'log'), '--policy', join(dataDir, 'log', 'policy'));
  assert.match(verified.out, /entry 1 of 3/, 'trust root, release, alarm');
  assert.equal(statSync(join(dataDir, 'proof', 'alarm-key')).mode & 0o777, 0o600);
});
