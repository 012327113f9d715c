/** The auditor's OpenVPN client: a configuration that could do anything but connect is refused, and a real server is reached. */

import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { Lab } from '@lethe/testkit';
import { checkedOpenvpn, connectOpenvpn } from '../src/canary/openvpn-client.ts';
import { inside, Room } from '../src/canary/room.ts';

const PLAIN =
  'client\ndev tun\nremote vpn.example.net 1194 udp\n# a comment\n; another\n<ca>\n-----BEGIN\nabc=\n</ca>\nverb 3\n';

test('what a client needs is let through as it is', () => {
  assert.equal(checkedOpenvpn(PLAIN), PLAIN);
  assert.equal(
    checkedOpenvpn('<connection>\nremote a 1 udp\n</connection>\n'),
    '<connection>\nremote a 1 udp\n</connection>\n',
  );
});

test('whatever runs, loads or writes something is refused by name', () => {
  for (const line of [
    'up /tmp/x',
    '  up /tmp/x',
    '--up /tmp/x',
    '"up" /tmp/x',
    'down x',
    'route-up x',
    'ipchange x',
    'tls-verify x',
    'auth-user-pass-verify x via-env',
    'plugin /tmp/x.so',
    'script-security 3',
    'pkcs11-providers /tmp/x.so',
    'engine x',
    'providers x',
    'iproute /tmp/x',
    'log /etc/passwd',
    'log-append x',
    'status x',
    'writepid x',
    'config other',
    'setenv PATH /tmp',
    'management 127.0.0.1 1',
    'ca /etc/shadow',
    'user nobody',
    'cd /',
    '<script>',
    '<connection>\nup x\n</connection>',
    `#${'x'.repeat(254)}up /tmp/x`,
    // Ways to have the reader believe that a directive is part of a key.
    '<ca>\n</ca>x\nup /tmp/x',
    '<ca>\n </ca>\n<cert>\n</ca>\nup /tmp/x\n</cert>',
    '<ca>\n<cert>\n</ca>\nup /tmp/x',
  ]) {
    assert.throws(
      () => checkedOpenvpn(`${PLAIN}${line}\n`),
      (error: Error & { code?: string }) => error.code === 'bad_request' && /Nothing was examined/.test(error.message),
      line,
    );
  }
});

const options = {
  skip: (process.getuid?.() !== 0 && 'needs root') || (!existsSync('/usr/sbin/openvpn') && 'needs openvpn'),
};

/** A server with certificates of its own; the last words are the client's keys. */
const SERVER = `
mkdir -p /run/o; cd /run/o
key() { openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $1.key -out $1.req -subj /CN=$1 2>/dev/null; openssl x509 -req -in $1.req -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -out $1.crt 2>/dev/null; }
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.crt -subj /CN=ca -days 2 2>/dev/null
key server; key client
ip addr add 192.0.2.1/24 dev eth0; ip link set eth0 up
openvpn --daemon --verb 0 --log /dev/null --dev tun0 --server 10.98.0.0 255.255.255.0 --topology subnet --dh none --ca ca.crt --cert server.crt --key server.key --push 'dhcp-option DNS 10.98.0.1' --keepalive 5 20
for n in ca client; do cat $n.crt; done; cat client.key
`;

test(
  'a real server is reached: addresses and resolver are what it said, traffic passes, and nothing stays',
  options,
  async () => {
    await using internet = await Room.open();
    await using lab = await Lab.start();
    await lab.link(internet.pid);
    await inside(internet.enter).exec('sh', ['-ec', 'ip addr add 192.0.2.254/24 dev wan0; ip link set wan0 up']);
    const parts = (await lab.sh(SERVER)).match(/-----BEGIN [\s\S]*?-----END [A-Z ]+-----/g)!;
    const inline = ['ca', 'cert', 'key'].map((name, index) => `<${name}>\n${parts[index]}\n</${name}>\n`).join('');
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith('lethe-openvpn-'));
    await using room = await Room.open();
    const conf = `client\ndev tun\nproto udp\nremote 192.0.2.1 1194\nnobind\nremote-cert-tls server\n${inline}`.replace(
      'remote-cert-tls server\n',
      '',
    );
    const client = await connectOpenvpn(conf, { room, internet: internet.enter });
    try {
      assert.deepEqual(client.resolvers, ['10.98.0.1']);
      assert.deepEqual((await client.identity('192.0.2.254')).inner, ['10.98.0.2']);
      await inside(room.enter).exec('ping', ['-c', '1', '-W', '5', '10.98.0.1']);
      const links = (await inside(room.enter).exec('ip', ['-o', 'link'])).stdout;
      assert.equal(links.trim().split('\n').length, 2, 'nothing but the tunnel leads out of the room');
    } finally {
      await client[Symbol.asyncDispose]();
    }
    assert.deepEqual(
      readdirSync(tmpdir()).filter((name) => name.startsWith('lethe-openvpn-')),
      before,
    );
  },
);

test('a server that does not answer is unreachable, and nothing stays', options, async () => {
  await using internet = await Room.open();
  await using room = await Room.open();
  const conf =
    'client\ndev tun\nremote 192.0.2.1 1194 udp\nnobind\nconnect-timeout 1\nconnect-retry-max 1\n<ca>\nnone\n</ca>\n';
  await assert.rejects(connectOpenvpn(conf, { room, internet: internet.enter }), { code: 'unreachable' });
});
