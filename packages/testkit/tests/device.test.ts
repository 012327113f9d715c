/** A customer's device and a WireGuard server set up by hand: what connects, what goes through the tunnel, and how it ends. */

import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { type Device, PLACES, parseWireguardConf, run, SITE, TestInternet, until } from '../src/index.ts';

const genkey = async (): Promise<{ secret: string; key: string }> => {
  const secret = (await run('wg', ['genkey'])).stdout.trim();
  return { secret, key: (await run('wg', ['pubkey'], { input: secret })).stdout.trim() };
};

suite('a device', () => {
  let net: TestInternet;
  let conf: (endpoint: string) => string;

  before(async () => {
    net = await TestInternet.create();
    const [server, device] = await Promise.all([genkey(), genkey()]);
    await plainServer(net, server.secret, device.key);
    conf = (endpoint) =>
      [
        '[Interface]',
        `PrivateKey = ${device.secret}`,
        'Address = 10.77.0.2/32, fd77::2/128',
        `DNS = ${PLACES.tld.ipv4}, town.example`,
        'MTU = 1420',
        '[Peer]',
        `PublicKey = ${server.key}`,
        `Endpoint = ${endpoint}:51820`,
        'AllowedIPs = 0.0.0.0/0, ::/0',
        'PersistentKeepalive = 25',
      ].join('\n');
  });
  after(() => net?.[Symbol.asyncDispose]());

  for (const [family, endpoint] of [
    ['IPv4', PLACES.host.ipv4],
    ['IPv6', `[${PLACES.host.ipv6}]`],
  ] as const) {
    test(`over ${family}: both families go through the tunnel and leave from the server's address`, async () => {
      await using device = await net.connectDevice('client1', conf(endpoint));
      await device.handshake();
      const [four, six] = await Promise.all([open(device, 4), open(device, 6)]);
      assert.equal(four.source, PLACES.host.ipv4);
      assert.equal(six.source, PLACES.host.ipv6);
      assert.equal((await device.ping(PLACES.web.ipv4, { count: 2 })).received, 2);
    });
  }

  test('after it is gone, the namespace has its old way out and nothing of the device', async () => {
    const routesBefore = await routes();
    const device = await net.connectDevice('client1', conf(PLACES.host.ipv4));
    await device.handshake();
    await device[Symbol.asyncDispose]();
    assert.equal(await routes(), routesBefore);
    assert.equal((await open(null, 4)).source, net.place('client1').ipv4);
    const links = await net.exec('client1', 'ip', ['-br', 'link']);
    assert.equal(links.stdout.includes(device.interface), false);
  });

  test('a configuration without an endpoint is refused', () => {
    assert.throws(() => parseWireguardConf('[Interface]\nAddress = 10.0.0.2/32\n'), { code: 'bad_request' });
    assert.deepEqual(parseWireguardConf(conf('[2001:db8::9]')).endpoint, { address: '2001:db8::9', port: 51820 });
  });

  const open = (device: Device | null, family: 4 | 6): ReturnType<Device['fetch']> => {
    const address = family === 4 ? PLACES.web.ipv4 : PLACES.web.ipv6;
    return device
      ? device.fetch(`http://${SITE.web}/`, { address })
      : net.fetch('client1', `http://${SITE.web}/`, { address });
  };
  const routes = async (): Promise<string> =>
    (await net.exec('client1', 'sh', ['-c', 'ip route; ip -6 route'])).stdout.replaceAll(/ pref \w+/g, '');
});

/** WireGuard in the host's namespace with one peer and masquerading. Where the kernel has none, wireguard-go. */
async function plainServer(net: TestInternet, secret: string, peer: string): Promise<void> {
  const name = `sv${net.id}`;
  const script = `ip link add ${name} type wireguard 2>/dev/null && exec sleep 100000
    mkdir -p /run/wireguard; mount -t tmpfs tmpfs /run/wireguard; exec wireguard-go -f ${name}`;
  const child = net.spawn('host', 'unshare', ['--mount', 'sh', '-c', script]);
  child.stdout!.resume();
  child.stderr!.resume();
  const inside = (line: string, input = ''): ReturnType<typeof run> =>
    run('nsenter', ['-t', `${child.pid}`, '--mount', '--net', 'sh', '-ec', line], { input });
  await until('the server has its interface', () => inside(`wg show ${name}`));
  const text = `[Interface]\nPrivateKey = ${secret}\nListenPort = 51820\n[Peer]\nPublicKey = ${peer}\nAllowedIPs = 10.77.0.2/32, fd77::2/128\n`;
  await inside(`cat | wg setconf ${name} /dev/stdin`, text);
  await inside(`ip address add 10.77.0.1/24 dev ${name}; ip address add fd77::1/64 dev ${name} nodad; ip link set ${name} up
    echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
    nft 'table inet plain { chain out { type nat hook postrouting priority 100; oifname eth0 masquerade; }; }'`);
}
