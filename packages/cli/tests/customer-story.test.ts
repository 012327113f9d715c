import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { lethe, type Ran, type Service, startService } from './harness.ts';

let service: Service;
let home: string;
const email = 'customer@example.net';

before(async () => {
  home = mkdtempSync(join(tmpdir(), 'lethe-cli-home-'));
  service = await startService();
});
after(async () => {
  await service?.stop();
  rmSync(home, { recursive: true, force: true });
});

const run = (...args: string[]): Promise<Ran> => lethe(args, { cwd: home, env: { LETHE_SERVICE: service.url } });
async function runJson(...args: string[]): Promise<Record<string, unknown>> {
  const ran = await run(...args, '--json');
  assert.equal(ran.code, 0, ran.out + ran.err);
  assert.equal(ran.err, '');
  return ran.json();
}
async function refused(code: string, exit: number, ...args: string[]): Promise<void> {
  const ran = await run(...args, '--json');
  assert.equal((ran.json()['error'] as { code: string }).code, code, ran.out);
  assert.equal(ran.code, exit);
}
const profile = () => join(home, '.config', 'lethe', new URL(service.url).host.replace(':', '_'));

/** The suite is one story: each test goes on where the last one ended. */
test('sign up with a code on stdin', async () => {
  await refused('not_signed_in', 3, 'account', 'show');
  assert.equal(existsSync(profile()), false, 'a refused command made a profile');
  const ran = await lethe(['account', 'signup', '--email', email], {
    cwd: home,
    env: { LETHE_SERVICE: service.url },
    stdin: () => service.code(email),
  });
  assert.equal(ran.code, 0, ran.err);
  assert.match(ran.out, /This device made your owner key/);
  assert.equal((await runJson('account', 'show'))['email'], email);
});

test('the profile is for its owner alone', async () => {
  assert.equal(statSync(profile()).mode & 0o777, 0o700);
  for (const file of ['owner-key', 'session']) assert.equal(statSync(join(profile(), file)).mode & 0o777, 0o600);
  chmodSync(join(profile(), 'owner-key'), 0o644);
  await refused('bad_request', 2, 'server', 'list');
  chmodSync(join(profile(), 'owner-key'), 0o600);
});

test('a wrong code and an old one are refused', async () => {
  await refused('wrong_code', 3, 'account', 'signin', '--email', email, '--code', '00000000');
  await refused('bad_email', 2, 'account', 'signup', '--email', 'nonsense');
});

test('create a server with honest progress', async () => {
  await refused('unknown_region', 2, 'server', 'create', '--region', 'moon');
  await refused('unknown_engine', 2, 'server', 'create', '--engine', 'oven');
  await refused('unknown_engine', 2, 'server', 'create', '--engine', 'microvm');
  assert.equal(service.host.servers.size, 0);
  const ran = await run('server', 'create');
  assert.equal(ran.code, 0, ran.err);
  assert.match(ran.out, /^✓ Server home is ready after [\d.]+ s\./);
  assert.match(ran.err, /^Getting a voucher …\nAsking for the server …\n/);
  assert.match(ran.err, /Ready …\n$/);
  assert.equal(service.host.servers.size, 1);
  const { servers } = (await runJson('server', 'list')) as { servers: { id: string; name: string; state: string }[] };
  assert.deepEqual(
    servers.map((one) => [one.name, one.state]),
    [['home', 'ready']],
  );
  assert.equal((await runJson('server', 'show', servers[0]!.id.slice(0, 6)))['name'], 'home');
  await refused('not_found', 1, 'server', 'show', 'nowhere');
  await refused('already_exists', 1, 'server', 'create', 'Home');
});

test('add a device with file and QR code', async () => {
  const ran = await run('device', 'add', 'phone', '--out', 'phone.conf', '--qr');
  assert.equal(ran.code, 0, ran.err);
  assert.match(ran.out, /Device phone \(10\.66\.0\.2\) is on the server\./);
  assert.match(ran.out, /█▀|▄█/);
  const file = join(home, 'phone.conf');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const text = readFileSync(file, 'utf8');
  assert.match(
    text,
    /^\[Interface\]\nPrivateKey = [A-Za-z0-9+/]{43}=\nAddress = 10\.66\.0\.2\/32, fd66:6c65:7468:65::2\/128\n/,
  );
  assert.match(text, /\nEndpoint = 203\.0\.113\.9:40000\n/);
  const secret = /PrivateKey = (.*)/.exec(text)![1]!;
  assert.ok(!ran.out.includes(secret) && !ran.err.includes(secret));
  const keys = readdirSync(join(profile(), 'devices'));
  assert.equal(keys.length, 1);
  assert.equal(readFileSync(join(profile(), 'devices', keys[0]!), 'utf8').trim(), secret);
  assert.equal(statSync(join(profile(), 'devices', keys[0]!)).mode & 0o777, 0o600);
  const wanted = [...service.host.servers.values()][0]!;
  assert.equal(JSON.parse(Buffer.from(wanted.devices.payload, 'base64').toString()).counter, 2);
});

test('bad devices change nothing', async () => {
  const held = JSON.stringify([...service.host.servers]);
  const { devices } = (await runJson('device', 'list')) as { devices: { key: string }[] };
  await refused('already_exists', 1, 'device', 'add', 'laptop', '--out', 'phone.conf');
  await refused('bad_request', 2, 'device', 'add', 'laptop', '--out', 'missing/x.conf');
  await refused('already_exists', 1, 'device', 'add', 'PHONE');
  await refused('bad_public_key', 2, 'device', 'add', 'laptop', '--public-key', 'hello');
  await refused('bad_public_key', 2, 'device', 'add', 'laptop', '--public-key', `${'A'.repeat(43)}=`);
  await refused('duplicate_key', 1, 'device', 'add', 'laptop', '--public-key', devices[0]!.key);
  await refused('address_taken', 1, 'device', 'add', 'laptop', '--address', '10.66.0.2');
  await refused('bad_address', 2, 'device', 'add', 'laptop', '--address', '10.66.0.1');
  await refused('bad_request', 2, 'device', 'add', 'laptop', '--endpoint', 'carrier-pigeon');
  await refused('not_found', 1, 'device', 'add', 'laptop', '--server', 'nowhere');
  assert.equal(JSON.stringify([...service.host.servers]), held);
  assert.equal(readdirSync(join(profile(), 'devices')).length, 1);
  assert.equal(existsSync(join(home, 'missing')), false);
});

test('a key made elsewhere, and its configuration without a private key', async () => {
  const key = 'xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=';
  await runJson('device', 'add', 'router', '--public-key', key, '--address', '10.66.0.200', '--out', 'router.conf');
  assert.doesNotMatch(readFileSync(join(home, 'router.conf'), 'utf8'), /^PrivateKey/m);
  await refused('not_found', 1, 'device', 'config', 'router');
  const { config } = (await runJson('device', 'config', key.slice(0, 4), '--without-key', '--endpoint', 'ipv6')) as {
    config: string;
  };
  assert.match(config, /Endpoint = \[2001:db8::9\]:40000/);
});

test('config and QR code of a device again; --force replaces a file', async () => {
  const file = join(home, 'again.conf');
  writeFileSync(file, 'old', { mode: 0o644 });
  await refused('already_exists', 1, 'device', 'config', 'phone', '--out', 'again.conf');
  assert.equal(readFileSync(file, 'utf8'), 'old');
  await runJson('device', 'config', 'phone', '--out', 'again.conf', '--force');
  assert.equal(readFileSync(file, 'utf8'), readFileSync(join(home, 'phone.conf'), 'utf8'));
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal((await run('device', 'qr', 'phone')).code, 0);
});

test('live status, for people and for programs', async () => {
  const ran = await run('status');
  assert.match(ran.out, /Server home, forgot everything 1 h 1 min ago, under ten lookups blocked/);
  assert.match(ran.out, /phone +10\.66\.0\.2 +online +7 s ago +2\.0 KiB +3\.0 MiB/);
  assert.match(ran.out, /router +10\.66\.0\.200 +offline +–/);
  const { devices } = (await runJson('status', 'home')) as { devices: { name: string; online: boolean }[] };
  assert.deepEqual(
    devices.map((one) => [one.name, one.online]),
    [
      ['phone', true],
      ['router', false],
    ],
  );
});

test('the inventory of a server: 0 if all is as declared, 1 if anything is too old, not declared or not measured', async () => {
  const { inventory } = service.host;
  const ran = await run('inventory');
  assert.equal(ran.code, 0, ran.err);
  assert.match(ran.out, /WireGuard peer +no +– +3 min 20 s +as declared/);
  assert.match(ran.out, /Memory of QEMU|The kernel that containers share/);
  assert.match(ran.out, /Everything the server measures is as declared/);
  assert.equal((await runJson('inventory', 'home'))['ok'], true);
  const failing = async (words: RegExp): Promise<void> => {
    const plain = await run('inventory');
    assert.equal(plain.code, 1);
    assert.match(plain.out, words);
    assert.match(plain.out, /1 of these are not as they must be/);
    const json = await run('inventory', '--json');
    assert.equal(json.code, 1);
    assert.equal(json.json()['ok'], false);
  };
  const peer = inventory.measurements[0]!;
  Object.assign(peer, { present: true, ageS: 201 });
  await failing(/WireGuard peer +yes +3 min 21 s +3 min 20 s +TOO OLD/);
  Object.assign(peer, { present: null, ageS: null });
  await failing(/WireGuard peer +– +– +3 min 20 s +NOT MEASURED/);
  Object.assign(peer, { present: false });
  const files = inventory.searches.find(({ search }) => search === 'files')!;
  files.found = ['file'];
  await failing(/search: file +yes +– +– +NOT DECLARED/);
  files.found = [];
  inventory.control = false;
  const blind = await run('inventory');
  assert.equal(blind.code, 1);
  assert.match(blind.out, /did not see what it had planted/);
  inventory.control = true;
});

test('an audit of a server of one’s own: verdicts by what it measures, the same again from the file', async () => {
  const { inventory } = service.host;
  const facts = join(home, 'facts.json');
  const clean = await run('audit', 'server:home', '--json', '--facts', facts);
  assert.equal(clean.code, 0, clean.out + clean.err);
  const { target, positiveControl, totals } = clean.json() as {
    target: object;
    positiveControl: boolean;
    totals: object;
  };
  assert.deepEqual(target, { kind: 'server', name: 'server:home', system: null });
  assert.deepEqual([positiveControl, totals], [true, { confirmed: 1, 'not-confirmed': 0, 'not-tested': 0 }]);
  assert.equal((await run('audit', '--from', facts, '--json')).out, clean.out);
  assert.equal(statSync(facts).mode & 0o777, 0o600);

  const files = inventory.searches.find(({ search }) => search === 'files')!;
  files.found = ['file'];
  const spoilt = await run('audit', 'server:home');
  assert.equal(spoilt.code, 1, spoilt.err);
  assert.match(spoilt.out, /A server has a file that its image does not have/);
  files.found = [];
  inventory.control = false;
  const blind = await run('audit', 'server:home', '--json');
  assert.equal(blind.code, 2);
  assert.deepEqual(blind.json()['totals'], { confirmed: 0, 'not-confirmed': 0, 'not-tested': 1 });
  inventory.control = true;

  for (const args of [
    ['local', '--keys', home],
    ['--from', facts, '--profile', 'deep'],
    ['server:'],
    ['server:home', '--profile', 'standard'],
    ['server:nobody'],
  ])
    assert.equal((await run('audit', ...args)).code, 3, args.join(' '));
  const elsewhere = await run('audit', 'server:home', '--keys', join(home, 'none'));
  assert.equal(elsewhere.code, 3);
  assert.equal(existsSync(join(home, 'none')), false);
});

test('rename and remove', async () => {
  assert.equal((await runJson('device', 'rename', 'phone', 'old phone'))['name'], 'old phone');
  const removed = await runJson('device', 'remove', 'old phone');
  assert.equal(removed['applied'], true);
  assert.deepEqual(readdirSync(join(profile(), 'devices')), []);
  const { devices } = (await runJson('device', 'list')) as { devices: { name: string }[] };
  assert.deepEqual(
    devices.map((one) => one.name),
    ['router'],
  );
});

test('a second device of the owner takes over with the recovery key', async () => {
  const other = ['--profile', join(home, 'second')];
  const recovery = (await runJson('account', 'recovery-key'))['recoveryKey'] as string;
  const signin = await lethe(['account', 'signin', '--email', email, '--json', ...other], {
    cwd: home,
    env: { LETHE_SERVICE: service.url },
    stdin: () => service.code(email),
  });
  assert.equal(signin.json()['ownerKey'], 'recovery_needed', signin.out);
  await refused('not_signed_in', 3, 'server', 'list', ...other);
  const options = { cwd: home, env: { LETHE_SERVICE: service.url } };
  const broken = await lethe(['account', 'recovery-key', '--import', '--json', ...other], {
    ...options,
    stdin: 'WRONG\n',
  });
  assert.equal(broken.code, 2);
  const imported = await lethe(['account', 'recovery-key', '--import', ...other], {
    ...options,
    stdin: `${recovery}\n`,
  });
  assert.equal(imported.code, 0, imported.err);
  const { devices } = (await runJson('device', 'list', ...other)) as { devices: { name: string; keyHere: boolean }[] };
  assert.deepEqual(
    devices.map((one) => [one.name, one.keyHere]),
    [['router', false]],
  );
});

test('renew, then delete a server', async () => {
  const lease = (await runJson('server', 'show'))['leaseUntil'] as string;
  const renewed = (await runJson('server', 'renew'))['leaseUntil'] as string;
  assert.ok(renewed > lease, `${lease} → ${renewed}`);
  await refused('bad_request', 2, 'server', 'delete', 'home');
  assert.equal(service.host.servers.size, 1);
  assert.equal((await runJson('server', 'delete', 'home', '--yes'))['outcome'], 'deleted');
  assert.equal(service.host.servers.size, 0);
  assert.deepEqual((await runJson('server', 'list'))['servers'], []);
});

test('a second customer sees nothing of the first', async () => {
  const { id } = await runJson('server', 'create', 'mine');
  const other = ['--profile', join(home, 'stranger')];
  const ran = await lethe(['account', 'signup', '--email', 'stranger@example.net', '--json', ...other], {
    cwd: home,
    env: { LETHE_SERVICE: service.url },
    stdin: () => service.code('stranger@example.net'),
  });
  assert.equal(ran.json()['ownerKey'], 'new', ran.out);
  assert.deepEqual((await runJson('server', 'list', ...other))['servers'], []);
  await refused('not_found', 1, 'server', 'delete', id as string, '--yes', ...other);
  assert.equal(service.host.servers.size, 1);
});

test('closing the account deletes the servers and the profile', async () => {
  await refused('bad_request', 2, 'account', 'close');
  const closed = (await runJson('account', 'close', '--yes')) as { servers: { name: string; outcome: string }[] };
  assert.deepEqual(
    closed.servers.map((one) => [one.name, one.outcome]),
    [['mine', 'deleted']],
  );
  assert.equal(service.host.servers.size, 0);
  assert.equal(existsSync(profile()), false);
  await refused('not_signed_in', 3, 'account', 'show');
});
