import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Customer, newDevice, type TestDevice } from './customer.ts';
import { dial, HOST_NETWORKS, INTERNET, type Lab, LINK, startLab } from './lab.ts';
import { until } from './until.ts';

let lab: Lab;
let customer: Customer;
let phone: TestDevice;
let laptop: TestDevice;

before(async () => {
  [lab, customer, phone, laptop] = await Promise.all([startLab(), Customer.create(), newDevice(2), newDevice(200)]);
  await lab.host.expect('hello');
  await lab.host.ask(customer.birth(await customer.list([phone, laptop]), { enrolmentToken: 'token' }), 'keep');
  lab.host.send({ type: 'kept' });
  const { enrolment } = await lab.host.expect('enrol');
  await lab.host.expect('stage', 0, (message) => message.stage === 'ready');
  await dial(lab.phone, phone.privateKey, phone.slot, enrolment.wireguardKey, `${LINK.serverIpv4}:51820`);
  await dial(lab.laptop, laptop.privateKey, laptop.slot, enrolment.wireguardKey, `[${LINK.serverIpv6}]:51820`);
});
after(() => lab?.stop());

const PHONE = '10.66.0.2';
const LAPTOP = '10.66.0.200';
const LAPTOP_6 = 'fd66:6c65:7468:65::c8';
const tracked = async (address: string): Promise<string> =>
  (await lab.server.run('conntrack -L 2>/dev/null; conntrack -L -f ipv6 2>/dev/null'))
    .split('\n')
    .filter((line) => line.includes(`=${address} `))
    .join('\n');

test('traffic of both families leaves with the address of the server, over either outer family', async () => {
  for (const client of [lab.phone, lab.laptop]) {
    assert.equal(await client.fetch(INTERNET.ipv4), `::ffff:${LINK.serverIpv4}`);
    assert.equal(await client.fetch(INTERNET.ipv6), LINK.serverIpv6);
  }
});

test('a full-size packet and a large transfer pass, and segments are clamped to the tunnel', async () => {
  await lab.phone.run(`ping -c 1 -W 5 -M do -s ${1420 - 28} ${INTERNET.ipv4}`);
  await lab.laptop.run(`ping -c 1 -W 5 -M do -s ${1420 - 48} ${INTERNET.ipv6}`);
  // A device whose own MTU is wrong offers segments too large for the tunnel; the internet must not use them.
  await lab.phone.run('ip link set wgc mtu 1500');
  const sink = 'require("net").createServer((s) => { s.on("error", () => {}); s.resume() }).listen(81, "::")';
  await lab.internet.run(`(${process.execPath} -e '${sink}') >/dev/null 2>&1 </dev/null & disown`);
  await until('the sink listens', async () => (await lab.internet.try('ss -Hltn sport = :81 | grep -q LISTEN')).ok);
  await lab.phone.run(`(exec 3<>/dev/tcp/${INTERNET.ipv4}/81; sleep 20) >/dev/null 2>&1 </dev/null & disown`);
  const offered = async (): Promise<number> =>
    Number(/\bmss:(\d+)/.exec(await lab.internet.run('ss -Htin state established sport = :81'))?.[1] ?? 0);
  await until('a connection is open', async () => (await offered()) > 0);
  // The option less 12 bytes of timestamps.
  assert.equal(await offered(), 1380 - 12);
  await lab.phone.run('ip link set wgc mtu 1420');
});

test('the networks of the host cannot be reached through the tunnel', async () => {
  for (const address of HOST_NETWORKS) {
    await until(`${address} answers without the tunnel`, async () => (await lab.internet.fetch(address)) !== null);
  }
  const answers = await Promise.all(HOST_NETWORKS.map((address) => lab.phone.fetch(address)));
  assert.deepEqual(
    answers,
    HOST_NETWORKS.map(() => null),
  );
});

test('nothing from outside reaches a device or a service of the server', async () => {
  await lab.router.run(`ip route replace 10.66.0.0/24 via ${LINK.serverIpv4}`);
  assert.equal((await lab.router.try(`ping -c 1 -W 1 ${PHONE}`)).ok, false);
  assert.equal((await lab.router.try(`ping -c 1 -W 1 ${LINK.serverIpv4}`)).ok, false);
  await lab.phone.run('ping -c 1 -W 5 10.66.0.1');
  await lab.phone.run('ping -c 1 -W 5 fd66:6c65:7468:65::1');
});

test('a device cannot use the address of another', async () => {
  await lab.phone.run(`ip addr add ${LAPTOP}/32 dev wgc`);
  assert.equal((await lab.phone.try(`ping -c 1 -W 1 -I ${LAPTOP} ${INTERNET.ipv4}`)).ok, false);
  await lab.phone.run(`ip addr del ${LAPTOP}/32 dev wgc && ping -c 1 -W 5 ${INTERNET.ipv4}`);
});

test('devices meet only while their owner allows it', async () => {
  const meet = async (): Promise<boolean[]> =>
    Promise.all([LAPTOP, LAPTOP_6].map(async (address) => (await lab.phone.try(`ping -c 1 -W 1 ${address}`)).ok));
  const change = async (devicesMayTalk: boolean): Promise<void> => {
    await lab.host.ask(
      { type: 'devices', devices: await customer.list([phone, laptop], { devicesMayTalk }) },
      'applied',
    );
  };
  assert.deepEqual(await meet(), [false, false]);
  await change(true);
  assert.deepEqual(await meet(), [true, true]);
  await change(false);
  assert.deepEqual(await meet(), [false, false]);
});

test('a removed device is dead at once, with its connections, and the other goes on', async () => {
  await Promise.all([lab.phone, lab.laptop].map((client) => client.fetch(INTERNET.ipv4)));
  assert.match(await tracked(LAPTOP), /tcp/);
  const earlier = await lab.server.run('wg show wg0 latest-handshakes');
  const { counter } = await lab.host.ask({ type: 'devices', devices: await customer.list([phone]) }, 'applied');
  assert.equal(counter, customer.counter);
  assert.equal(await tracked(LAPTOP), '');
  assert.match(await tracked(PHONE), /tcp/);
  assert.equal(await lab.laptop.fetch(INTERNET.ipv4), null);
  assert.notEqual(await lab.phone.fetch(INTERNET.ipv4), null);
  const later = await lab.server.run('wg show wg0 latest-handshakes');
  assert.ok(earlier.includes(later.trim()), 'the session of the other device is the same');
});

test('a new device takes the freed address, and one that changes place has only the new one', async () => {
  await lab.host.ask(
    {
      type: 'devices',
      devices: await customer.list([
        { ...phone, slot: 200 },
        { ...laptop, slot: 2 },
      ]),
    },
    'applied',
  );
  const allowed = await lab.server.run('wg show wg0 allowed-ips');
  assert.match(allowed, new RegExp(`${phone.key.replaceAll('+', '\\+')}\t10.66.0.200/32 fd66:6c65:7468:65::c8/128`));
  assert.match(allowed, new RegExp(`${laptop.key.replaceAll('+', '\\+')}\t10.66.0.2/32 fd66:6c65:7468:65::2/128`));
});
