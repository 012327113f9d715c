import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LetheError, Secret } from '@lethe/core';
import { chooseEndpoint, configText } from './config-text.ts';

const serverKey = 'xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=';
const privateKey = new Secret('wireguard', new Uint8Array(32).fill(8));

test('the configuration has what wg-quick needs, exactly', () => {
  const text = configText({ privateKey, slot: 10, serverKey, endpoint: 'vpn.example:40001' });
  assert.equal(
    text,
    `[Interface]
PrivateKey = CAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg=
Address = 10.66.0.10/32, fd66:6c65:7468:65::a/128
DNS = 10.66.0.1, fd66:6c65:7468:65::1
MTU = 1420

[Peer]
PublicKey = ${serverKey}
AllowedIPs = 0.0.0.0/0, ::/0
Endpoint = vpn.example:40001
PersistentKeepalive = 25
`,
  );
});

test('endpoints are chosen by kind', () => {
  const all = ['192.0.2.1:1', '[2001:db8::1]:1', 'vpn.example:1'];
  assert.equal(chooseEndpoint(all), 'vpn.example:1');
  assert.equal(chooseEndpoint(all, 'ipv4'), '192.0.2.1:1');
  assert.equal(chooseEndpoint(all, 'ipv6'), '[2001:db8::1]:1');
  assert.equal(chooseEndpoint(all.slice(1, 2)), '[2001:db8::1]:1');
  assert.throws(() => chooseEndpoint(['192.0.2.1:1'], 'ipv6'), LetheError);
  assert.throws(() => chooseEndpoint([]), LetheError);
});

test('a service cannot smuggle lines into the file', () => {
  for (const hostile of [
    '192.0.2.1:1\nPostUp = reboot',
    'a b:1',
    '[::1]:1 #',
    'vpn.example',
    'vpn.example:0',
    '',
    '-x:1',
  ]) {
    assert.throws(() => chooseEndpoint([hostile]), LetheError, JSON.stringify(hostile));
  }
  assert.throws(
    () => configText({ privateKey, slot: 2, serverKey: `${serverKey}\nPostUp = reboot`, endpoint: 'a:1' }),
    LetheError,
  );
});
