import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  canonicalBytes,
  fromBase64,
  fromBase64Url,
  newChallenge,
  openStatus,
  type ServerKeys,
  verify,
} from '@lethe/core';
import { Customer, newDevice, type TestDevice } from './customer.ts';
import { dial, INTERNET, type Lab, LINK, startLab } from './lab.ts';
import { until } from './until.ts';

let lab: Lab;
let customer: Customer;
let phone: TestDevice;
let keys: ServerKeys;
let serverKey: string;
let nodeKey: string;

before(async () => {
  [lab, customer, phone] = await Promise.all([startLab(), Customer.create(), newDevice(2)]);
});
after(() => lab?.stop());

test('a server offers its keys and does nothing more before they are kept', async () => {
  await lab.host.expect('hello');
  const birth = customer.birth(await customer.list([phone]), { enrolmentToken: 'token-of-the-test' });
  keys = (await lab.host.ask(birth, 'keep')).keys;
  // A repeated birth before "kept" offers the same keys: they may be on the host's disk already.
  assert.deepEqual((await lab.host.ask(birth, 'keep')).keys, keys);
  assert.deepEqual(lab.host.story(), ['hello', 'keep', 'keep']);
  assert.equal((await lab.server.try('ip link show wg0')).ok, false);
  assert.equal((await lab.server.run('cat /proc/sys/net/ipv4/ip_forward')).trim(), '0');
});

test('once they are kept it enrols and is born in order', async () => {
  lab.host.send({ type: 'kept' });
  const { enrolment } = await lab.host.expect('enrol');
  const { signature, ...fields } = enrolment;
  assert.deepEqual(
    { server: fields.server, token: fields.token },
    { server: customer.server, token: 'token-of-the-test' },
  );
  assert.ok(await verify(fromBase64Url(fields.nodeKey), canonicalBytes(fields), fromBase64(signature)));
  serverKey = fields.wireguardKey;
  nodeKey = fields.nodeKey;
  await lab.host.expect('stage', 0, (message) => message.stage === 'ready');
  assert.deepEqual(lab.host.story().slice(3), [
    'enrol',
    'stage network',
    'stage tunnel',
    'stage resolver',
    'applied',
    'stage ready',
  ]);
  assert.equal(
    (await lab.server.run('cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding')).trim(),
    '1\n1',
  );
});

test('a device reaches the internet, and the owner alone reads the live status', async () => {
  await dial(lab.phone, phone.privateKey, 2, serverKey, `${LINK.serverIpv4}:51820`);
  await until('the tunnel carries traffic', async () => (await lab.phone.fetch(INTERNET.ipv4)) !== null);
  const challenge = newChallenge();
  const { sealed } = await lab.host.ask({ type: 'ask', id: 5, question: 'status', challenge, body: null }, 'answer');
  const question = { server: customer.server, challenge };
  const status = await openStatus(sealed, customer.owner.seal, question, nodeKey);
  assert.equal(status.counter, 1);
  assert.equal(status.devices.length, 1);
  assert.equal(status.devices[0]!.key, phone.key);
  assert.ok(status.devices[0]!.handshakeAgeS !== null && status.devices[0]!.receivedBytes > 0);
  assert.ok(status.uptimeS >= 0 && status.uptimeS < 600);
  await assert.rejects(openStatus(sealed, (await Customer.create()).owner.seal, question, nodeKey));
  const later = { ...question, challenge: newChallenge() };
  await assert.rejects(openStatus(sealed, customer.owner.seal, later, nodeKey), { code: 'bad_signature' });
});

test('the resolver answers devices, and nobody else', async () => {
  const dig = (at: string, options = ''): string => `dig +short +time=1 +tries=1 ${options} @${at} localhost A`;
  assert.equal((await lab.phone.run(dig('10.66.0.1'))).trim(), '127.0.0.1');
  assert.equal((await lab.phone.run(dig('10.66.0.1', '+tcp'))).trim(), '127.0.0.1');
  assert.equal((await lab.phone.run(dig('fd66:6c65:7468:65::1'))).trim(), '127.0.0.1');
  await lab.router.run(`ip route add 10.66.0.1 via ${LINK.serverIpv4}`);
  for (const address of ['10.66.0.1', LINK.serverIpv4])
    assert.equal((await lab.router.try(dig(address))).ok, false, address);
});

test('the resolver asks the root itself, and nothing else on the server reaches anything', async () => {
  const listener =
    'require("dgram").createSocket("udp4").on("message", (m, from) => require("fs").appendFileSync("/run/asked", from.address + " " + m.length + "\\n")).bind(53)';
  await lab.internet.run(
    `for a in $(awk '$3 == "A" {print $4}' /usr/share/dns/root.hints); do ip addr add $a/32 dev lo; done; touch /run/asked; (${process.execPath} -e '${listener}') >/dev/null 2>&1 </dev/null & disown`,
  );
  await lab.router.run(`ip route add default via ${INTERNET.ipv4}`);
  await until('the root listens', async () => (await lab.internet.try('ss -Hlun sport = :53 | grep -q 53')).ok);
  // As root: not the resolver's user.
  assert.equal((await lab.server.try('dig +time=1 +tries=1 @198.41.0.4 . NS')).ok, false);
  assert.equal(await lab.server.fetch(INTERNET.ipv4), null);
  assert.equal(await lab.internet.run('cat /run/asked'), '');
  await lab.phone.try('dig +time=1 +tries=1 @10.66.0.1 www.example.com A');
  await until('the root is asked', async () =>
    (await lab.internet.run('cat /run/asked')).startsWith(`${LINK.serverIpv4} `),
  );
});

test('nothing was printed, and no address of a client is in the connection table', async () => {
  assert.equal(await lab.server.run('cat /run/output/agent'), '');
  assert.doesNotMatch(await lab.server.run('conntrack -L 2>/dev/null'), /203\.0\.113\.2/);
  assert.doesNotMatch(await lab.server.run('nft list ruleset'), /\blog\b|counter|dynamic/);
  assert.equal(
    (await lab.server.run('cat /proc/sys/net/netfilter/nf_conntrack_tcp_timeout_established')).trim(),
    '7440',
  );
});

test('the private keys stay out of files, arguments and environments', async () => {
  // The patterns come through a pipe: among the arguments of this search they would find themselves.
  const search = "grep -rlFf <(rev | tr -d ' ') /run /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null";
  const patterns = [keys.wireguard, keys.node, customer.owner.ownerKey]
    .map((text) => [...text].toReversed().join(' '))
    .join('\\n');
  const found = await lab.server.try(`printf '${patterns}\\n' | ${search}`);
  // The owner's public key is in the pin: that the search finds it shows that it works.
  assert.deepEqual(found.output.trim().split('\n'), ['/run/lethe/agent/pin.json']);
});
