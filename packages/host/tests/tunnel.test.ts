/**
 * Real servers under the real host process in the test internet: traffic from devices through the tunnel, and what kill -9 of the host,
 * a removed device and the end of the host do to it.
 */

import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  type DesiredServer,
  type DeviceList,
  type EngineKind,
  newChallenge,
  newServerId,
  newToken,
  newX25519Private,
  type OwnerKeys,
  openStatus,
  randomBytes,
  type Secret,
  signDeviceList,
  slotAddresses,
  toBase64,
  toHex,
  x25519PublicKey,
} from '@lethe/core';
import { buildImage } from '@lethe/image';
import { type Device, SITE, TestInternet } from '@lethe/testkit';
import { interfaceName, tableName } from '../src/network/names.ts';
import type { FromControlChild, ToControlChild } from './support/control-child.ts';
import { newOwner } from './support/owner.ts';
import { until } from './support/wait.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const CONTROL = fileURLToPath(new URL('./support/control-child.ts', import.meta.url));
const PORT = 51_900;
/** Emulation is slow: it has its own tests with the engine, and the demo. */
const ENGINE: EngineKind = 'container';

suite('a server under the host process', { timeout: 300_000 }, () => {
  const instance = toHex(randomBytes(3));
  const directory = mkdtempSync(join(tmpdir(), 'lethe-tunnel-'));
  const runDir = `/run/lethe/test-${instance}`;
  const children: ChildProcess[] = [];
  const id = newServerId();
  const phones = [newX25519Private('wireguard'), newX25519Private('wireguard')];
  let net: TestInternet;
  let owner: OwnerKeys;
  let control: ChildProcess;
  let told: FromControlChild;
  let host: ChildProcess;
  let wanted: DesiredServer;
  let image: Awaited<ReturnType<typeof buildImage>>;

  before(async () => {
    image = await buildImage();
    net = await TestInternet.create({
      clients: [
        { name: 'four', ipv4: true, ipv6: false },
        { name: 'six', ipv4: false, ipv6: true },
      ],
    });
    owner = await newOwner();
    mkdirSync(runDir, { recursive: true });
    control = enter(CONTROL);
    control.on('message', (message) => {
      told = message as FromControlChild;
    });
    await until('the control plane listens', () => told);
    host = await startHost();
    wanted = {
      server: id,
      engine: ENGINE,
      port: PORT,
      ownerKey: owner.ownerKey,
      devices: await list(1, phones),
      enrolmentToken: newToken(),
    };
    tell({ type: 'want', desired: wanted });
    await until('the server is ready', () => state() === 'ready' && told.enrolled[id]);
  });

  after(async () => {
    for (const child of children) await end(child, 'SIGTERM');
    await net?.[Symbol.asyncDispose]();
    rmSync(runDir, { recursive: true, force: true });
    rmSync(directory, { recursive: true, force: true });
  });

  /** A program of ours in the host's namespace, on an IPC channel. */
  function enter(file: string): ChildProcess {
    const [command, args] = net.enter('host', process.execPath, ['--disable-warning=ExperimentalWarning', file]);
    const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    children.push(child);
    return child;
  }

  async function startHost(): Promise<ChildProcess> {
    const child = enter(MAIN);
    let ready: unknown;
    child.on('message', (message: { type: string }) => {
      if (message.type === 'ready') ready = message;
      assert.notEqual(message.type, 'fatal', JSON.stringify(message));
    });
    child.send({
      type: 'config',
      dataDir: directory,
      runDir,
      instance,
      controlUrl: told.url,
      joinToken: told.joinToken,
      region: { id: 'here', name: 'Here' },
      engine: ENGINE,
      publicAddresses: [net.place('host').ipv4, net.place('host').ipv6],
      ports: { first: PORT, count: 10 },
      rootAnchors: net.rootAnchors,
      image,
      content: null,
    });
    await until('the host is ready', () => ready);
    return child;
  }

  async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  const tell = (message: ToControlChild): void => void control.send(message);
  const state = (): string | undefined => {
    const message = told.heard.findLast(
      (entry) => entry.type === 'stage' || entry.type === 'failed' || entry.type === 'gone',
    );
    return message?.type === 'stage' ? message.stage : message?.type;
  };

  async function list(counter: number, keys: Secret[]): ReturnType<typeof signDeviceList> {
    const devices: DeviceList['devices'] = [];
    for (const [index, key] of keys.entries())
      devices.push({ key: toBase64(await x25519PublicKey(key)), slot: 2 + index });
    return signDeviceList({ server: id, counter, sealTo: owner.sealTo, devicesMayTalk: false, devices }, owner);
  }

  function connect(client: 'four' | 'six', phone: number): Promise<Device> {
    const endpoint = client === 'four' ? net.place('host').ipv4 : `[${net.place('host').ipv6}]`;
    const { ipv4, ipv6 } = slotAddresses(2 + phone);
    return net.connectDevice(
      client,
      `[Interface]
PrivateKey = ${phones[phone]!.revealBase64()}
Address = ${ipv4}/32, ${ipv6}/128
DNS = 10.66.0.1
MTU = 1420
[Peer]
PublicKey = ${told.enrolled[id]}
Endpoint = ${endpoint}:${PORT}
AllowedIPs = 0.0.0.0/0, ::/0
PersistentKeepalive = 25
`,
    );
  }

  const inHost = async (command: string, ...args: string[]): Promise<string> =>
    (await net.exec('host', command, args, { mayFail: true })).stdout;

  for (const [client, phone] of [
    ['four', 0],
    ['six', 1],
  ] as const) {
    test(`a device behind IPv${client === 'four' ? 4 : 6} resolves and opens pages over both families, from the host's address`, async () => {
      await using device = await connect(client, phone);
      await device.handshake();
      const answer = await device.resolve(SITE.web);
      assert.equal(answer.error, undefined);
      const four = await device.fetch(`http://${SITE.webIpv4}/`);
      assert.equal(four.source, net.place('host').ipv4);
      const six = await device.fetch(`http://${SITE.webIpv6}/`);
      assert.equal(six.source, net.place('host').ipv6);
    });
  }

  test('the owner can open the sealed status, and it is what the server has', async () => {
    const challenge = newChallenge();
    tell({ type: 'ask', server: id, challenge });
    const sealed = await until('an answer', () => {
      const answer = told.heard.findLast((message) => message.type === 'answer');
      return answer?.type === 'answer' && answer.sealed;
    });
    const status = await openStatus(sealed, owner.seal, { server: id, challenge }, told.nodeKeys[id]!);
    assert.equal(status.counter, 1);
    assert.equal(status.devices.length, 2);
  });

  /** As root of the server, in its files: an intruder's hand. It is no process of the server. */
  const inServer = (script: string): void =>
    void execFileSync('nsenter', ['-t', String(agentPid()), '-U', '-m', '/bin/sh', '-c', script]);

  /** What the control plane knows of the server's watch and its pulse. */
  const drift = (): string[] | undefined => {
    const message = told.heard.findLast((entry) => entry.type === 'drift' && entry.server === id);
    return message?.type === 'drift' ? message.kinds : undefined;
  };

  test('a server in use is said to be as it should, and a file that nobody declared is told', async () => {
    await until('the watch has looked', () => drift() !== undefined);
    assert.deepEqual(
      told.heard.flatMap((message) => (message.type === 'drift' ? [message.kinds] : [])),
      [[]],
    );
    inServer('echo x >/run/history');
    await until('the file is told', () => drift()?.join() === 'file');
    inServer('/usr/bin/busybox rm /run/history');
    await until('its end is told', () => drift()?.join() === '');
  });

  test('an agent that is killed is told, and so is the next one', async () => {
    process.kill(agentPid(), 'SIGKILL');
    await until('the silence is told', () => drift()?.join() === 'agent_silent');
    await until('the next agent is told', () => drift()?.join() === '');
  });

  test('kill -9 of the host interrupts no tunnel, and the next host adopts the machine', async () => {
    await using device = await connect('four', 0);
    await device.handshake();
    const machine = readFileSync(join(runDir, 'engines', ENGINE, ...machineRecord()), 'utf8');
    await end(host, 'SIGKILL');
    assert.equal((await device.ping('10.66.0.1', { count: 2 })).received, 2);
    assert.equal((await device.fetch(`http://${SITE.webIpv4}/`)).source, net.place('host').ipv4);
    host = await startHost();
    assert.equal((await device.ping('10.66.0.1', { count: 2 })).received, 2);
    assert.equal(readFileSync(join(runDir, 'engines', ENGINE, ...machineRecord()), 'utf8'), machine);
  });

  test('a machine that is killed comes back with the same key, and the device with it', async () => {
    await using device = await connect('six', 1);
    await device.handshake();
    const machine = JSON.parse(readFileSync(join(runDir, 'engines', ENGINE, ...machineRecord()), 'utf8')) as {
      process: { pid: number };
    };
    process.kill(machine.process.pid, 'SIGKILL');
    await until('the tunnel carries again', async () => (await device.ping('10.66.0.1', { count: 1 })).received === 1);
    assert.equal((await device.fetch(`http://${SITE.webIpv4}/`)).source, net.place('host').ipv4);
  });

  test('a removed device is out at once, the other stays', async () => {
    await using kept = await connect('six', 1);
    await using removed = await connect('four', 0);
    await Promise.all([kept.handshake(), removed.handshake()]);
    // The second phone keeps its place: slot 3.
    const devices = [{ key: toBase64(await x25519PublicKey(phones[1]!)), slot: 3 }];
    const newer = await signDeviceList(
      { server: id, counter: 2, sealTo: owner.sealTo, devicesMayTalk: false, devices },
      owner,
    );
    tell({ type: 'want', desired: { ...wanted, devices: newer, enrolmentToken: null } });
    await until('applied', () => told.heard.some((message) => message.type === 'applied' && message.counter === 2));
    assert.equal((await removed.ping('10.66.0.1', { count: 1 })).received, 0);
    assert.equal((await kept.ping('10.66.0.1', { count: 2 })).received, 2);
  });

  test('a deleted server leaves nothing, and the end of the host takes the rest', async () => {
    const link = interfaceName(instance, 0);
    assert.match(await inHost('ip', '-brief', 'link'), new RegExp(link));
    tell({ type: 'delete', server: id });
    await until('gone', () => state() === 'gone');
    assert.doesNotMatch(await inHost('ip', '-brief', 'link'), new RegExp(`lt${instance}`));
    assert.deepEqual(readdirSync(join(directory, 'host', 'servers')), []);
    assert.equal(existsSync(join(runDir, 'engines', ENGINE, ...machineRecord())), false);
    assert.doesNotMatch(await inHost('conntrack', '-L'), /100\.127\.0\.2/);
    await end(host, 'SIGTERM');
    assert.doesNotMatch(await inHost('nft', 'list', 'tables'), new RegExp(tableName(instance)));
  });

  const agentPid = (): number =>
    Number(
      readdirSync('/proc').find((pid) => {
        try {
          const of = (name: string): string => readFileSync(`/proc/${pid}/${name}`, 'utf8');
          return /^\d+$/.test(pid) && of('mountinfo').includes(id) && of('cmdline').includes('agent.js');
        } catch {
          return false;
        }
      }),
    );

  const machineRecord = (): string[] => [id, 'machine.json'];
});
