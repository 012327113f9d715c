import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Birth, type DsseEnvelope, newChallenge, openStatus, type ServerKeys } from '@lethe/core';
import { Customer, newDevice, type TestDevice } from './customer.ts';
import { dial, INTERNET, type Lab, LINK, startLab } from './lab.ts';
import { until } from './until.ts';

let lab: Lab;
let customer: Customer;
let phone: TestDevice;
let keys: ServerKeys;
let nodeKey: string;
let list: DsseEnvelope;
let again: Birth;

before(async () => {
  [lab, customer, phone] = await Promise.all([startLab(), Customer.create(), newDevice(2)]);
  list = await customer.list([phone]);
  await lab.host.expect('hello');
  keys = (await lab.host.ask(customer.birth(list, { enrolmentToken: 'token' }), 'keep')).keys;
  again = customer.birth(list, { keys });
  lab.host.send({ type: 'kept' });
  const { enrolment } = await lab.host.expect('enrol');
  nodeKey = enrolment.nodeKey;
  await lab.host.expect('stage', 0, (message) => message.stage === 'ready');
  await dial(lab.phone, phone.privateKey, 2, enrolment.wireguardKey, `${LINK.serverIpv4}:51820`);
  await until('the tunnel carries traffic', async () => (await lab.phone.fetch(INTERNET.ipv4)) !== null);
});
after(() => lab?.stop());

/** What would differ if the tunnel, the resolver or the filter had been made anew. */
const identity = async (): Promise<string> =>
  lab.server.run(
    'wg show wg0 latest-handshakes; pgrep -x unbound; pgrep -x wireguard-go; cat /proc/sys/net/ipv4/ip_forward; ip -o addr show wg0',
  );

/** A transfer through the tunnel that is still going on when the function returns, and whether it ended well. */
async function longDownload(during: () => Promise<void>): Promise<boolean> {
  const slow =
    'require("net").createServer((s) => { let n = 0; s.on("error", () => {}); s.on("data", () => { s.write(String(n++)); if (n === 2) s.end() }) }).listen(82, "::")';
  await lab.internet.run(
    `ss -Hltn sport = :82 | grep -q LISTEN || { (${process.execPath} -e '${slow}') >/dev/null 2>&1 </dev/null & disown; }`,
  );
  await until(
    'the slow server listens',
    async () => (await lab.internet.try('ss -Hltn sport = :82 | grep -q LISTEN')).ok,
  );
  const download = lab.phone.try(
    `timeout 50 bash -c 'exec 3<>/dev/tcp/${INTERNET.ipv4}/82; echo a >&3; read -n 1 x <&3; touch /run/half; until test -e /run/go; do sleep 0.05; done; echo b >&3; cat <&3 | grep -q 1'; r=$?; rm -f /run/half /run/go; exit $r`,
  );
  await until('half of it has arrived', async () => (await lab.phone.try('test -e /run/half')).ok);
  await during();
  await lab.phone.run('touch /run/go');
  return (await download).ok;
}

const killAgent = async (): Promise<void> => {
  const connections = lab.host.connections;
  await lab.server.run("pkill -9 -n -f '[n]ode/src/main.ts'");
  await lab.host.expect('hello', 0, () => lab.host.connections > connections);
};

test('a host that comes back finds the server as it was', async () => {
  const earlier = await identity();
  const whole = await longDownload(async () => {
    await lab.host.restart();
    await lab.host.expect('hello');
    lab.host.send(again);
    await lab.host.expect('stage', 0, (message) => message.stage === 'ready');
    assert.deepEqual(lab.host.story(), ['hello', 'applied', 'stage ready']);
  });
  assert.ok(whole);
  assert.equal(await identity(), earlier);
});

test('a host that is away leaves the tunnel alone', async () => {
  lab.host.stop();
  assert.notEqual(await lab.phone.fetch(INTERNET.ipv6), null);
  await lab.host.restart();
  await lab.host.expect('hello');
});

test('an agent that was killed adopts what it left, without ending a session', async () => {
  const earlier = await identity();
  const whole = await longDownload(async () => {
    await killAgent();
    assert.notEqual(await lab.phone.fetch(INTERNET.ipv4), null, 'the tunnel goes on without a birth');
    lab.host.send(again);
    await lab.host.expect('stage', 0, (message) => message.stage === 'ready');
  });
  assert.ok(whole);
  assert.equal(await identity(), earlier);
});

test('after a crash the agent brings the peers to the list that it is given', async () => {
  await killAgent();
  const laptop = await newDevice(3);
  const { counter } = await lab.host.ask(customer.birth(await customer.list([phone, laptop]), { keys }), 'applied');
  assert.equal(counter, 2);
  assert.deepEqual(
    (await lab.server.run('wg show wg0 peers')).trim().split('\n').toSorted(),
    [phone.key, laptop.key].toSorted(),
  );
});

test('a list that came while the tunnel was gone is in force, and said to be, only once the tunnel is back', async () => {
  const from = lab.host.heard.length;
  const tablet = await newDevice(4);
  const devices = await customer.list([phone, tablet]);
  await lab.server.run(
    'pkill -9 -x wireguard-go; while pgrep -x wireguard-go; do sleep 0.02; done; ip link del wg0 2>/dev/null; true',
  );
  lab.host.send({ type: 'devices', devices });
  await lab.host.expect('applied', from, ({ counter }) => counter === customer.counter);
  assert.deepEqual(
    (await lab.server.run('wg show wg0 peers')).trim().split('\n').toSorted(),
    [phone.key, tablet.key].toSorted(),
  );
  const question = { server: customer.server, challenge: newChallenge() };
  const { challenge } = question;
  const { sealed } = await lab.host.ask({ type: 'ask', id: 1, question: 'status', challenge, body: null }, 'answer');
  const status = await openStatus(sealed, customer.owner.seal, question, nodeKey);
  assert.equal(status.counter, customer.counter);
});

test('a tunnel or a resolver that ended by itself is started again with the same key and peers', async () => {
  const peers = await lab.server.run('wg show wg0 allowed-ips; wg show wg0 public-key');
  await lab.server.run(
    'pkill -9 -x unbound; pkill -9 -x wireguard-go; while pgrep -x wireguard-go; do sleep 0.02; done; ip link del wg0 2>/dev/null; true',
  );
  await until(
    'the tunnel is back',
    async () => (await lab.server.run('wg show wg0 allowed-ips; wg show wg0 public-key')) === peers,
  );
  await until('the resolver is back', async () =>
    (await lab.phone.try('dig +short +time=1 +tries=1 @10.66.0.1 localhost A')).output.includes('127.0.0.1'),
  );
  assert.notEqual(await lab.phone.fetch(INTERNET.ipv4), null);
});
