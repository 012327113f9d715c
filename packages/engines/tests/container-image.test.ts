/**
 * The real image in a container: every program of a server works under the engine's walls, and the init fails closed.
 */

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { ImageFiles, MachineSpec } from '@lethe/core';
import { buildImage } from '@lethe/image';
import type { ContainerEngine } from '../src/container/index.ts';
import { clearPlace, isRoot, leftBehind, makePlace, makeSpec, openEngine } from './containers.ts';
import { makeSmallRoot } from './small-root.ts';

const place = makePlace();
const options = { skip: isRoot ? false : 'needs root', timeout: 300_000 };
let image: ImageFiles;
let engine: ContainerEngine;
let spec: MachineSpec;

before(async () => {
  if (!isRoot) return;
  image = await buildImage();
  engine = await openEngine(place);
  spec = makeSpec(place, image, { memoryMb: 160, pids: 128 });
  await engine.create(spec);
});
after(async () => {
  await engine?.close();
  await clearPlace(place);
});

/** Runs a shell command in the container with the rights of its own processes. */
const within = (command: string): string =>
  execFileSync(
    'runc',
    ['--root', join(place.runDir, 'runc'), 'exec', spec.id, '/bin/sh', '-c', `{ ${command}\n} 2>&1`],
    {
      encoding: 'utf8',
    },
  );
/** Runs an expression in the image's Node and prints its value. */
const node = (expression: string): string => within(`node -p '${expression}'`).trim();
const waitFor = (condition: string): string =>
  `n=0; until ${condition}; do n=$((n+1)); [ $n -lt 300 ] || break; sleep 0.1; done`;

test('the agent runs and comes to the channel', options, async () => {
  const channel = await engine.connect(spec.id);
  const [line] = await once(channel, 'data');
  assert.equal(JSON.parse(String(line)).type, 'hello');
  channel.destroy();
});

test('the firewall was loaded before anything else', options, () => {
  const rules = within('nft list ruleset');
  for (const hook of ['input', 'forward', 'output'])
    assert.match(rules, new RegExp(`hook ${hook} priority filter; policy drop;`));
});

test('WireGuard comes up, in the kernel or beside it', options, async () => {
  const { kernelWireguard } = await engine.capabilities();
  if (kernelWireguard) within('ip link add name wg9 type wireguard');
  else
    within(
      `mkdir -p /run/wireguard; wireguard-go -f wg9 > /dev/null 2>&1 & ${waitFor('[ -S /run/wireguard/wg9.sock ]')}`,
    );
  const peer = 'wg genkey > /run/peer; wg pubkey < /run/peer';
  within(
    `umask 077; wg genkey > /run/key; wg set wg9 private-key /run/key listen-port 51820 peer "$(${peer})" allowed-ips 10.66.0.2/32`,
  );
  within('ip address add 10.66.0.1/24 dev wg9; ip link set wg9 up');
  assert.match(within('wg show wg9'), /listening port: 51820[\s\S]*allowed ips: 10\.66\.0\.2\/32/);
  assert.match(within('ip route show 10.66.0.0/24; ip link show wg9'), /10\.66\.0\.0\/24[\s\S]*UP/);
});

test('the resolver binds port 53 without a capability for it, becomes its own user and answers', options, () => {
  const config =
    'server:\\n username: unbound\\n chroot: ""\\n directory: /run\\n interface: 127.0.0.1\\n pidfile: /run/u.pid\\n';
  within(
    `echo 53 > /proc/sys/net/ipv4/ip_unprivileged_port_start; printf '${config}' > /run/u.conf; unbound -d -c /run/u.conf > /dev/null 2>&1 & ${waitFor('[ -s /run/u.pid ]')}`,
  );
  assert.notEqual(node('require("fs").statSync("/proc/" + Number(require("fs").readFileSync("/run/u.pid"))).uid'), '0');
  const ask =
    'const r = new (require("dns").Resolver)(); r.setServers(["127.0.0.1"]); r.resolve4("localhost", (e, a) => console.log(e ? e.code : a[0])); ""';
  assert.match(node(ask), /127\.0\.0\.1/);
  within('kill $(node -p "Number(fs.readFileSync(\\"/run/u.pid\\"))")');
});

test('the image cannot be written, and forwarding can be switched on', options, () => {
  assert.match(within('echo x > /opt/lethe/agent.js || true'), /Read-only file system/);
  assert.match(within('echo x > /etc/resolv.conf || true'), /Read-only file system/);
  assert.equal(
    within('echo 1 > /proc/sys/net/ipv6/conf/all/forwarding; read x < /proc/sys/net/ipv6/conf/all/forwarding; echo $x'),
    '1\n',
  );
  assert.match(node('require("fs").readFileSync("/proc/1/limits", "utf8")'), /Max core file size +[01] +[01] /);
});

test('a second server of the same image does not see the first', options, async () => {
  const other = makeSpec(place, image, { memoryMb: 160, pids: 128 });
  await engine.create(other);
  within(
    'echo mine > /run/mine; ip link add name only-here type dummy 2> /dev/null || ip tuntap add name only-here mode tun',
  );
  const there = (command: string): string =>
    execFileSync('runc', ['--root', join(place.runDir, 'runc'), 'exec', other.id, '/bin/sh', '-c', command], {
      encoding: 'utf8',
    });
  assert.equal(there('[ -e /run/mine ] || echo unseen'), 'unseen\n');
  assert.doesNotMatch(there('ip -brief link'), /only-here|wg9/);
  assert.match(within('ip -brief link'), /only-here/);
  assert.doesNotMatch(there('for p in /proc/[0-9]*/comm; do read name < $p; echo $name; done'), /unbound|wireguard/);
  await engine.destroy(other.id);
});

/** 'running' once a container with its firewall in force is seen, 'dead' once it has ended. */
async function fate(tried: MachineSpec): Promise<'running' | 'dead'> {
  const list = ['--root', join(place.runDir, 'runc'), 'exec', tried.id, 'nft', 'list', 'ruleset'];
  try {
    await engine.create(tried);
  } catch {
    return 'dead'; // Its init was faster than the engine's look at it.
  }
  while ((await engine.list()).some(({ id, state }) => id === tried.id && state === 'running')) {
    if (spawnSync('runc', list, { encoding: 'utf8' }).stdout.includes('policy drop')) return 'running';
    await setTimeout(100);
  }
  return 'dead';
}

const REQUIRED = '/usr/bin/dash\n/usr/sbin/nft\n';
const FAULTS: [string, string, string, 'running' | 'dead'][] = [
  ['a ruleset that loads', '', REQUIRED, 'running'],
  ['a ruleset that is refused', 'table inet lethe { nonsense }\n', REQUIRED, 'dead'],
  ['a root that is not complete', '', `${REQUIRED}/usr/bin/missing\n`, 'dead'],
];
for (const [what, spoiled, required, state] of FAULTS)
  test(`the init with ${what} leaves the container ${state}`, options, async () => {
    const rootDir = join(place.base, what.replaceAll(' ', '-'));
    const from = (file: string): string => readFileSync(join(image.rootDir, file), 'utf8');
    const root = makeSmallRoot(rootDir, from('usr/sbin/lethe-init'), ['nft']);
    mkdirSync(join(rootDir, 'etc/lethe'));
    writeFileSync(join(rootDir, 'etc/lethe/base.nft'), from('etc/lethe/base.nft') + spoiled);
    writeFileSync(join(rootDir, 'etc/lethe/required'), required);
    const tried = makeSpec(place, root);
    assert.equal(await fate(tried), state);
    await engine.destroy(tried.id);
  });

test('nothing is left of any of them', options, async () => {
  await engine.destroy(spec.id);
  assert.deepEqual(leftBehind(place), []);
});
