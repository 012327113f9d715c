/** The owner's settings in force, a block table from the host, and a server that forgets in the machine it has. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import {
  DEFAULT_SETTINGS,
  encodeBlockTable,
  hashName,
  newChallenge,
  openStatus,
  type ServerSettings,
  type ServerStatus,
  sealSettings,
  TABLE_PART_BYTES,
} from '@lethe/core';
import { openServerKeys } from '../src/keys.ts';
import { Customer, newDevice, type TestDevice } from './customer.ts';
import { dial, INTERNET, type Lab, LINK, startLab } from './lab.ts';
import { until } from './until.ts';

let lab: Lab;
let customer: Customer;
let phone: TestDevice;
let serverKey: string;
let nodeKey: string;

before(async () => {
  [lab, customer, phone] = await Promise.all([startLab(), Customer.create(), newDevice(2)]);
  await lab.host.expect('hello');
  const birth = customer.birth(await customer.list([phone]), { enrolmentToken: 't' });
  const { keys } = await lab.host.ask(birth, 'keep');
  serverKey = (await openServerKeys(keys)).wireguardKey;
  lab.host.send({ type: 'kept' });
  nodeKey = (await lab.host.expect('enrol')).enrolment.nodeKey;
  await lab.host.expect('stage', 0, (message) => message.stage === 'ready');
  await dial(lab.phone, phone.privateKey, 2, serverKey, `${LINK.serverIpv4}:51820`);
  await until('the tunnel carries traffic', async () => (await lab.phone.fetch(INTERNET.ipv4)) !== null);
});
after(() => lab?.stop());

let asked = 0;
async function ask(question: 'status' | 'settings', body: string | null = null): Promise<ServerStatus> {
  asked += 1;
  const challenge = newChallenge();
  const { sealed } = await lab.host.ask({ type: 'ask', id: asked, question, challenge, body }, 'answer');
  return openStatus(sealed, customer.owner.seal, { server: customer.server, challenge }, nodeKey);
}

const sealed = (change: Partial<ServerSettings>, owner = customer.owner): Promise<string> =>
  sealSettings({ ...DEFAULT_SETTINGS, server: customer.server, counter: 1, ...change }, owner, serverKey);

/** The response code of a lookup from the phone. */
const rcode = async (name: string): Promise<string> =>
  /status: (\w+)/.exec((await lab.phone.try(`dig +time=2 +tries=1 @10.66.0.1 ${name} A`)).output)?.[1] ?? 'none';

test('settings of the owner are in force when the answer says so, and are given to the host to be kept first', async () => {
  assert.equal((await ask('status')).settingsCounter, 0);
  assert.equal(await rcode('localhost'), 'NOERROR');
  const body = await sealed({ filter: { ...DEFAULT_SETTINGS.filter, block: ['localhost'] } });
  const from = lab.host.heard.length;
  assert.equal((await ask('settings', body)).settingsCounter, 1);
  const types = lab.host.heard.slice(from).map(({ type }) => type);
  assert.ok(types.indexOf('keep_settings') < types.indexOf('answer') && types.includes('keep_settings'));
  assert.deepEqual(await lab.host.expect('keep_settings', from), { type: 'keep_settings', sealed: body });
  assert.equal(await rcode('localhost'), 'NXDOMAIN');
});

test('older settings and those of somebody else change nothing, and the answer says which are in force', async () => {
  const stranger = await Customer.create();
  const from = lab.host.heard.length;
  assert.equal((await ask('settings', await sealed({ counter: 9 }, stranger.owner))).settingsCounter, 1);
  assert.equal((await ask('settings', await sealed({ counter: 1, forgetAfterS: 33 }))).settingsCounter, 1);
  assert.ok(!lab.host.heard.slice(from).some(({ type }) => type === 'keep_settings'));
  assert.equal(await rcode('localhost'), 'NXDOMAIN');
});

test('the owner sees one coarse total of blocked lookups', async () => {
  for (let lookup = 0; lookup < 12; lookup += 1) assert.equal(await rcode('localhost'), 'NXDOMAIN');
  assert.equal((await ask('status')).blocked, 10);
});

test('a block table comes from the host in parts, and a category can be turned off', async () => {
  const names = Array.from({ length: 30_000 }, (_, index) => `n${index}.example`);
  const table = await encodeBlockTable('1', { malware: [...names, 'localhost'].map(hashName) });
  await ask('settings', await sealed({ counter: 2 }));
  assert.equal(await rcode('localhost'), 'NOERROR');
  const digest = createHash('sha256').update(table).digest('hex');
  let from = lab.host.heard.length;
  lab.host.send({ type: 'table', digest, size: table.length });
  for (let done = false; !done; ) {
    const { offset } = await lab.host.expect('table_want', from);
    from = lab.host.heard.length;
    const part = table.subarray(offset, offset + TABLE_PART_BYTES);
    done = offset + part.length === table.length;
    lab.host.send({ type: 'table_part', offset, data: Buffer.from(part).toString('base64') });
  }
  await until('the table is in use', async () => (await rcode('localhost')) === 'NXDOMAIN');
  await ask('settings', await sealed({ counter: 3, filter: { ...DEFAULT_SETTINGS.filter, categories: ['ads'] } }));
  assert.equal(await rcode('localhost'), 'NOERROR');
});

test('the filter is nobody: no capability, no privilege to gain, and not the resolver’s user', async () => {
  const pid = (await lab.server.run('cat /run/lethe/agent/filter.pid')).trim();
  const status = await lab.server.run(`cat /proc/${pid}/status`);
  assert.match(status, /^CapEff:\t0{16}$/m);
  assert.match(status, /^Groups:\s*$/m);
  assert.doesNotMatch(status, /^Uid:\t0\t/m);
  const resolver = (await lab.server.run('cat /run/lethe/agent/unbound.pid')).trim();
  const uid = (text: string): string | undefined => /^Uid:\t(\d+)/m.exec(text)?.[1];
  assert.notEqual(uid(status), uid(await lab.server.run(`cat /proc/${resolver}/status`)));
});

test('told to forget, it starts everything anew with the same key and settings, and the device comes back by itself', async () => {
  const processes = async (): Promise<string[]> =>
    (
      await lab.server.run(
        'cat /run/lethe/agent/filter.pid /run/lethe/agent/unbound.pid; pgrep -x wireguard-go || true',
      )
    )
      .split(/\s+/)
      .filter(Boolean);
  await lab.phone.fetch(INTERNET.ipv4);
  assert.notEqual((await lab.server.run('conntrack -L 2>/dev/null | wc -l')).trim(), '0');
  const before = await processes();
  const from = lab.host.heard.length;
  lab.host.send({ type: 'forget' });
  await lab.host.expect('stage', from, (message) => message.stage === 'ready');
  const stages = lab.host.heard.slice(from).flatMap((message) => (message.type === 'stage' ? [message.stage] : []));
  assert.deepEqual(stages, ['ready'], 'stages would tell when the devices left');
  const afterwards = await processes();
  assert.equal(afterwards.length, before.length);
  assert.ok(!afterwards.some((pid) => before.includes(pid)), 'every process is another one');
  assert.equal((await lab.server.run('conntrack -L 2>/dev/null | grep -c 198.51.100 || true')).trim(), '0');
  assert.doesNotMatch(await lab.server.run('wg show wg0 endpoints'), /203\.0\.113/);
  const status = await ask('status');
  assert.deepEqual([status.settingsCounter, status.blocked, status.devices[0]!.receivedBytes], [3, 0, 0]);
  assert.ok(status.uptimeS < 60);
  await until('the device is back', async () => (await lab.phone.fetch(INTERNET.ipv4)) !== null);
});
