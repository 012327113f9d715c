/** What the probes make of what the kernel says. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { firewallChains } from '../firewall.ts';
import { idleS } from './connections.ts';
import { parseMounts } from './files.ts';
import { undeclaredInterfaces } from './interfaces.ts';
import { holdsAddress } from './kernel-log.ts';
import { searchOpenFiles } from './open-files.ts';
import { anyoneKnown, peersMeasured } from './peers.ts';
import {
  type OwnProcesses,
  type Process,
  ProcessList,
  parseStat,
  processesMeasured,
  processesNow,
  searchProcesses,
} from './processes.ts';
import { foreignRoutingRules, isForeignRoute, parseRoutes4, parseRoutes6 } from './routes.ts';
import { undeclaredRules } from './rules.ts';
import { hexIPv4, hexIPv6, netlinkListeners, packetSockets, undeclaredSocket } from './sockets.ts';
import { fragmentsWaiting } from './tables.ts';

test('the oldest handshake counts, and a peer without one is as old as the memory of the server', () => {
  const look = (handshakeS: number, receivedBytes: number) => ({ handshakeS, receivedBytes });
  assert.equal(peersMeasured([look(0, 0)], 1000, 77).present, false);
  assert.equal(peersMeasured([look(990, 5), look(900, 0)], 1000, 77).ageS, 100);
  assert.equal(peersMeasured([look(0, 148)], 1000, 77).ageS, 77);
  assert.equal(anyoneKnown([look(0, 0)]), false);
  assert.equal(anyoneKnown([look(0, 0), look(0, 1)]), true);
});

test('the idle time of a connection is what it was given less what is left', () => {
  const timeout = (setting: string): number => {
    const known: Record<string, number> = {
      tcp_timeout_established: 7440,
      tcp_timeout_syn_sent: 120,
      udp_timeout: 30,
      udp_timeout_stream: 180,
      generic_timeout: 600,
    };
    return known[setting]!;
  };
  assert.equal(idleS(['tcp', '7400', 'ESTABLISHED', 'ASSURED'], timeout), 40);
  assert.equal(idleS(['tcp', '119', 'SYN_SENT2', '-'], timeout), 1);
  assert.equal(idleS(['udp', '30', '-', '-'], timeout), 0);
  assert.equal(idleS(['udp', '100', '-', 'ASSURED'], timeout), 80);
  assert.equal(idleS(['unknown', '599', '-', '-'], timeout), 1);
  assert.equal(idleS(['tcp', '431999', 'ESTABLISHED', 'ASSURED'], timeout), 431_999, 'made under another setting');
  assert.throws(() => idleS(['tcp', '5', 'NEW_STATE', '-'], timeout));
  assert.throws(() => idleS(['tcp', 'src', 'ESTABLISHED', '-'], timeout));
});

test('fragments that wait are seen, and text that tells nothing is no answer', () => {
  assert.equal(fragmentsWaiting('FRAG: inuse 0 memory 0\nFRAG6: inuse 0 memory 0\n'), false);
  assert.equal(fragmentsWaiting('FRAG: inuse 0 memory 0\nFRAG6: inuse 1 memory 384\n'), true);
  assert.equal(fragmentsWaiting('RAW: inuse 0\n'), null);
});

const one = (pid: number, parent: number, name: string, ageS = 10, kernel = false): Process => ({
  pid,
  parent,
  name,
  kernel,
  ageS,
});
const own: OwnProcesses = { agent: 5, filter: 6, resolver: 7 };
const declared = [
  one(1, 0, 'lethe-init'),
  one(2, 0, 'kthreadd', 10, true),
  one(5, 1, 'node'),
  one(6, 1, 'node'),
  one(7, 5, 'unbound', 30),
  one(8, 1, 'wireguard-go', 40),
  one(9, 5, 'sh'),
  one(10, 9, 'conntrack'),
];

test('every process but the declared ones is reported', () => {
  assert.deepEqual(searchProcesses(declared, own), []);
  for (const stranger of [
    one(20, 1, 'node'),
    one(20, 1, 'tcpdump'),
    one(20, 1, 'sh'),
    one(20, 1, 'conntrack'),
    one(20, 5, 'tcpdump'),
    one(20, 1, 'wireguard-go'),
    one(20, 0, 'bash'),
    one(20, 8, 'sleep'),
  ])
    assert.deepEqual(searchProcesses([...declared, stranger], own), ['process'], JSON.stringify(stranger));
  assert.deepEqual(searchProcesses(declared, { ...own, filter: null }), ['process']);
});

test('a process is as old as the kernel says, whatever it calls itself, and holds nothing where nobody was', () => {
  const fields = ['S', '1', ...Array<string>(17).fill('0'), '250000', '0'];
  assert.deepEqual(parseStat(`42 (a) b (c) ${fields.join(' ')}`, 2600), one(42, 1, 'a) b (c', 100));
  fields[6] = '2129984';
  assert.equal(parseStat(`2 (kthreadd) ${fields.join(' ')}`, 2600).kernel, true);
  const of = (used: boolean) => processesMeasured(declared, used).find(({ probe }) => probe === 'wireguard-buffers');
  assert.deepEqual(of(true), { probe: 'wireguard-buffers', present: true, ageS: 40 });
  assert.equal(of(false)?.present, false);
});

test('addresses are spelled as the kernel spells them', () => {
  assert.equal(hexIPv4('127.0.0.1'), '0100007F');
  assert.equal(hexIPv6('fd66:6c65:7468:65::1'), '656C66FD650068740000000001000000');
});

test('only the sockets of filter, resolver and tunnel are declared', () => {
  const users = { filter: 101, resolver: 100 };
  const judge = (...row: string[]) => undeclaredSocket(row, users);
  const tunnel = hexIPv4('10.66.0.1');
  for (const row of [
    ['tcp', 'local_address', 'st', 'retrnsmt'],
    ['tcp', `${tunnel}:0035`, '0A', '101'],
    ['udp6', `${hexIPv6('fd66:6c65:7468:65::1')}:0035`, '07', '101'],
    ['udp', '0100007F:14E9', '07', '0'],
    ['udp', '00000000:D431', '07', '100'],
    ['udp', '00000000:CA6C', '07', '0'],
    ['tcp', '00000000:D431', '01', '0'],
  ])
    assert.deepEqual(judge(...row), [], row.join(' '));
  for (const row of [
    ['tcp', `${tunnel}:0035`, '0A', '0'],
    ['tcp', '00000000:0035', '0A', '101'],
    ['tcp', '00000000:D431', '0A', '100'],
    ['udp', '00000000:D431', '07', '101'],
    ['udp', '00000000:14E9', '07', '0'],
    ['tcp', '00000000:CA6C', '0A', '0'],
    ['udplite', '00000000:CA6C', '07', '0'],
  ])
    assert.deepEqual(judge(...row), ['listening_socket'], row.join(' '));
  assert.deepEqual(judge('raw', '00000000:0006', '07', '0'), ['raw_socket']);
});

test('packet sockets and listeners of the kernel are reported', () => {
  const head = 'sk       RefCnt Type Proto  Iface R Rmem   User   Inode\n';
  assert.deepEqual(packetSockets(head), []);
  assert.deepEqual(packetSockets(`${head}0000000000000000 3 3 0003 2 1 0 0 1\n`), ['packet_socket']);
  const netlink = (row: string) => netlinkListeners(`sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode\n${row}\n`);
  assert.deepEqual(netlink('0 12 77 00000000 0 0 0 2 0 1'), []);
  assert.deepEqual(netlink('0 0 77 00000551 0 0 0 2 0 1'), []);
  assert.deepEqual(netlink('0 12 0 00000007 0 0 0 2 0 1'), []);
  assert.deepEqual(netlink('0 12 77 00000007 0 0 0 2 0 1'), ['netlink_listener']);
  const watched = (row: string) => netlinkListeners(`head\n${row}\n`, new Set([77]));
  assert.deepEqual(watched('0 12 77 00000040 0 0 0 2 0 1'), []);
  for (const row of ['0 12 78 00000040 0 0 0 2 0 1', '0 12 77 00000041 0 0 0 2 0 1', '0 16 77 00000040 0 0 0 2 0 1'])
    assert.deepEqual(watched(row), ['netlink_listener'], row);
});

test('a ruleset that is not the firewall of a server is reported', () => {
  const chains = firewallChains(false);
  const ruleset = (statement: object, extra: object[] = []) =>
    JSON.stringify({
      nftables: [
        { metainfo: { version: '1' } },
        { table: { family: 'inet', name: 'lethe' } },
        ...chains.flatMap(({ name, hook, policy, rules }) => [
          { chain: { table: 'lethe', name, hook, policy } },
          ...rules.map(() => ({ rule: { table: 'lethe', chain: name, expr: [statement] } })),
        ]),
        ...extra,
      ],
    });
  const accept = { accept: null };
  assert.deepEqual(undeclaredRules(ruleset(accept), false), []);
  assert.deepEqual(undeclaredRules(ruleset({ log: null }), false), ['rule_logs']);
  assert.deepEqual(undeclaredRules(ruleset({ counter: {} }), false), ['rule_counts']);
  assert.deepEqual(undeclaredRules(ruleset({ dup: {} }), false), ['rule_copies']);
  assert.deepEqual(undeclaredRules(ruleset({ set: { op: 'add' } }), false), ['dynamic_set']);
  assert.deepEqual(undeclaredRules(ruleset({ something: 1 }), false), ['firewall_changed']);
  assert.deepEqual(undeclaredRules(ruleset(accept, [{ set: { name: 's' } }]), false), ['dynamic_set']);
  assert.deepEqual(undeclaredRules(ruleset(accept), true), ['firewall_changed']);
  assert.throws(() => undeclaredRules('', false));
});

test('other interfaces, and programs on those there are, are reported', () => {
  const links = (...list: object[]) => undeclaredInterfaces(JSON.stringify(list));
  const usual = [{ ifname: 'lo' }, { ifname: 'eth0' }, { ifname: 'wg0' }, { ifname: 'sit0', flags: ['NOARP'] }];
  assert.deepEqual(links(...usual), []);
  assert.deepEqual(links(...usual, { ifname: 'ifb0' }), ['interface']);
  assert.deepEqual(links({ ifname: 'sit0', flags: ['UP'] }), ['interface']);
  assert.deepEqual(links({ ifname: 'eth0', xdp: { mode: 1 } }), ['bpf_program']);
});

test('a mount is writable if both it and its file system are', () => {
  const parse = (options: string, superOptions: string) =>
    parseMounts(`36 35 0:30 / /run ${options} shared:1 - tmpfs tmpfs ${superOptions}\n`)[0]!;
  assert.deepEqual(parse('rw,nosuid', 'rw,size=16384k'), { point: '/run', type: 'tmpfs', writable: true });
  assert.equal(parse('ro,nosuid', 'rw').writable, false);
  assert.equal(parse('rw', 'ro').writable, false);
});

test('the kernel log is searched for addresses, and versions, bus and Ethernet numbers are none', () => {
  for (const line of [
    'IN=eth0 OUT= SRC=203.0.113.9 DST=192.0.2.1 LEN=60',
    'IPv4: martian source 192.0.2.1 from 198.51.100.7, on dev eth0',
    'SRC=2001:0db8:0000:0000:0000:0000:0000:0001',
    'from 2001:db8::7 to',
  ])
    assert.ok(holdsAddress(line), line);
  for (const line of [
    '5,0,0,-;Linux version 6.1.0-41-cloud-amd64 (gcc-12 (Debian 12.2.0-14) 12.2.0)',
    'pci 0000:00:1f.2: [8086:2922] type 00 class 0x010601',
    'virtio_net virtio1 eth0: 52:54:00:12:34:56',
    'ACPI: 127.0.0.1 0.0.0.0',
    'input: x as /devices/LNXSYSTM:00/LNXPWRBN:00/input/input0',
    'QEMU BIOS rel-1.16.2-0-gea1b7a073390-prebuilt.qemu.org 04/01/2014',
    'version 1.2.3.4-5',
  ])
    assert.ok(!holdsAddress(line), line);
});

test('a route that leads elsewhere than a server’s do is seen', () => {
  const head = 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n';
  const route4 = (device: string, destination: string, flags: string) =>
    parseRoutes4(`${head}${device}\t${destination}\t0100000A\t${flags}\t0\t0\t0\t00000000\t0\t0\t0\n`);
  const own = [
    ...route4('eth0', '00000000', '0003'),
    ...route4('eth0', '0000FE0A', '0001'),
    ...route4('wg0', '0000420A', '0001'),
  ];
  assert.deepEqual(own.filter(isForeignRoute), []);
  const foreign = [
    ...route4('spy0', '00000000', '0001'),
    ...route4('eth0', '000200C0', '0003'),
    ...route4('wg0', '00000000', '0001'),
    ...route4('wg0', '0000420A', '0003'),
    ...route4('*', '000200C0', '0205'),
  ];
  assert.deepEqual(
    foreign.filter((route) => !isForeignRoute(route)),
    [],
  );
  const route6 = (destination: string, flags: string, device: string) =>
    parseRoutes6(
      `${destination} ${/^0*$/.test(destination) ? '00' : '40'} ${'0'.repeat(32)} 00 ${'0'.repeat(32)} 00000100 00000001 00000000 ${flags}     ${device}\n`,
    );
  const zero = '0'.repeat(32);
  const tunnel = `fd666c6574680065${'0'.repeat(16)}`;
  const ours = [
    ...route6(zero, '00000003', 'eth0'),
    ...route6(tunnel, '00000001', 'wg0'),
    ...route6(`fe80${'0'.repeat(28)}`, '00000001', 'wg0'),
    ...route6(`ff00${'0'.repeat(28)}`, '00000001', 'wg0'),
  ];
  assert.deepEqual(ours.filter(isForeignRoute), []);
  // Half of all addresses, which outranks the default route.
  const half = (text: string): string =>
    text.replace(/00000000(\t0\t0\t0\n)$/, '00000080$1').replace(/^(0{32}) 40/, '$1 01');
  assert.ok(
    parseRoutes4(half(`${head}eth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n`)).every(isForeignRoute),
  );
  assert.ok(
    parseRoutes6(half(`${zero} 40 ${zero} 00 ${zero} 00000100 00000001 00000000 00000003     eth0\n`)).every(
      isForeignRoute,
    ),
  );
  assert.ok(route6(zero, '00000001', 'wg0').every(isForeignRoute));
  assert.ok(route6(`20010db8${'0'.repeat(24)}`, '00000003', 'eth0').every(isForeignRoute));
});

test('a routing rule beside the kernel’s own three is seen', () => {
  const own = [
    { priority: 0, src: 'all', table: 'local' },
    { priority: 32766, src: 'all', table: 'main' },
    { priority: 32767, src: 'all', table: 'default' },
  ];
  const rules = (...list: object[]) => foreignRoutingRules(JSON.stringify(list), JSON.stringify(own.slice(0, 2)));
  assert.deepEqual(rules(...own), []);
  for (const rule of [
    { priority: 5, src: 'all', table: 'main' },
    { priority: 32766, src: '192.0.2.1', table: 'main' },
    { priority: 32766, src: 'all', fwmark: '0x1', table: 'main' },
    { priority: 0, src: 'all', table: '7' },
  ])
    assert.deepEqual(rules(...own, rule), ['route_changed'], JSON.stringify(rule));
});

test('a process that has ended is none, also while its parent takes no note of it', async () => {
  const parent = spawn('sh', ['-c', 'true & exec sleep 60'], { stdio: 'ignore' });
  try {
    const children = (): string => readFileSync(`/proc/${parent.pid}/task/${parent.pid}/children`, 'utf8').trim();
    const isZombie = (): boolean => readFileSync(`/proc/${Number(children())}/stat`, 'utf8').includes(') Z ');
    while (children() === '' || !isZombie()) await sleep(10);
    const pids = processesNow().map(({ pid }) => pid);
    assert.ok(pids.includes(parent.pid!));
    assert.ok(!pids.includes(Number(children())));
  } finally {
    parent.kill('SIGKILL');
  }
});

test('a list that is kept shows who begins, who becomes another program, and who ends', async () => {
  const list = new ProcessList();
  const nameOf = (pid: number | undefined) => list.now().find((one) => one.pid === pid)?.name;
  list.now();
  const child = spawn('sh', ['-c', 'read word; exec sleep 60'], { stdio: ['pipe', 'ignore', 'ignore'] });
  try {
    assert.equal(nameOf(child.pid), 'sh');
    child.stdin.write('go\n');
    while (nameOf(child.pid) === 'sh') await sleep(10);
    assert.equal(nameOf(child.pid), 'sleep');
  } finally {
    child.kill('SIGKILL');
  }
  await once(child, 'exit');
  assert.equal(nameOf(child.pid), undefined);
});

test('a process of which only the first thread has ended is one, with its files', async () => {
  const exit = { x64: 60, arm64: 93 }[process.arch as 'x64' | 'arm64']; // __NR_exit: ends the thread that asks for it
  const script = `import ctypes, tempfile, threading, time
kept = tempfile.TemporaryFile()
threading.Thread(target=time.sleep, args=(60,)).start()
ctypes.CDLL(None).syscall(${exit}, 0)`;
  const child = spawn('python3', ['-c', script], { stdio: 'ignore' });
  try {
    const state = (): string => readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]!;
    while (!state().startsWith('Z')) await sleep(10);
    assert.ok(processesNow().some(({ pid }) => pid === child.pid));
    assert.deepEqual(searchOpenFiles([child.pid!]), ['deleted_file']);
    assert.equal(searchOpenFiles([]), null);
  } finally {
    child.kill('SIGKILL');
  }
});
