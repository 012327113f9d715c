/** What a container cannot see, do or reach, tried from inside with exactly its rights. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { after, before, test } from 'node:test';
import type { MachineSpec } from '@lethe/core';
import type { ContainerEngine } from '../src/container/index.ts';
import { clearPlace, isRoot, makePlace, makeSpec, openEngine, pidOf } from './containers.ts';
import { inside, makeSmallRoot } from './small-root.ts';

const place = makePlace();
let engine: ContainerEngine;
let spec: MachineSpec;
let channel: Duplex;

before(async () => {
  if (!isRoot) return;
  const image = makeSmallRoot(`${place.base}/root`);
  engine = await openEngine(place);
  spec = makeSpec(place, image);
  await engine.create(spec);
  channel = await engine.connect(spec.id);
});
after(async () => {
  await engine?.close();
  await clearPlace(place);
});

const options = { skip: isRoot ? false : 'needs root', timeout: 120_000 };
const output = async (command: string): Promise<string> => (await inside(channel, command)).output;

test('root inside is nobody in particular outside', options, async () => {
  const [first, base, size] = (await output('cat /proc/self/uid_map')).trim().split(/\s+/).map(Number);
  assert.equal(first, 0);
  assert.ok(base! >= 0x7000_0000);
  assert.equal(size, 65536);
  assert.equal(await output('cat /proc/self/gid_map'), await output('cat /proc/self/uid_map'));
});

test('it has namespaces of its own of every kind', options, () => {
  for (const kind of ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'user', 'uts']) {
    const of = (process: number | 'self'): string => readlinkSync(`/proc/${process}/ns/${kind}`);
    assert.notEqual(of(pidOf(place, spec.id)), of('self'), kind);
  }
});

test('the shared root is read-only and belongs to nobody inside', options, async () => {
  for (const where of ['/', '/usr/bin', '/etc', '/root']) {
    const result = await inside(channel, `touch ${where === '/' ? '' : where}/x`);
    assert.notEqual(result.status, 0, where);
    assert.match(result.output, /Read-only file system|Permission denied/, where);
  }
  assert.match(await output('ls -lnd /usr/bin'), / 65534 65534 /);
  assert.match(await output('mount -o remount,rw /; echo $?'), /denied|not permitted|must be superuser/);
});

test('memory file systems carry nosuid, nodev and noexec and have a size', options, async () => {
  const mounts = await output('cat /proc/mounts');
  for (const where of ['/run', '/tmp']) {
    assert.match(mounts, new RegExp(`^tmpfs ${where} tmpfs rw,nosuid,nodev,noexec,[^ ]*size=16384k`, 'm'));
    assert.match(await output(`cat /dev/zero > ${where}/fill; rm -f ${where}/fill; true`), /No space left/);
  }
  const writable = mounts
    .split('\n')
    .filter((line) => / rw,/.test(line) && !/^(tmpfs|proc|devtmpfs) /.test(line))
    .filter((line) => !line.split(' ')[1]!.startsWith('/dev/'));
  assert.deepEqual(writable, []);
});

test('capabilities are the few that are named, and no program can gain more', options, async () => {
  const status = await output('cat /proc/self/status');
  // CHOWN 0, KILL 5, SETGID 6, SETUID 7, NET_ADMIN 12
  const mask = [0, 5, 6, 7, 12]
    .reduce((sum, bit) => sum + 2 ** bit, 0)
    .toString(16)
    .padStart(16, '0');
  assert.match(status, new RegExp(`CapPrm:\\t${mask}\\nCapEff:\\t${mask}\\nCapBnd:\\t${mask}\\nCapAmb:\\t0{16}`));
  assert.match(status, /NoNewPrivs:\t1\n/);
  assert.match(status, /Seccomp:\t2\n/);
});

/**
 * System calls by number on each architecture; every argument is -1, so that a call that got through would fail with
 * another error.
 */
const REFUSED: Record<string, readonly [x64: number, arm64: number]> = {
  add_key: [248, 217],
  bpf: [321, 280],
  chroot: [161, 51],
  execveat: [322, 281],
  fsopen: [430, 430],
  init_module: [175, 105],
  io_uring_setup: [425, 425],
  kcmp: [312, 272],
  kexec_load: [246, 104],
  keyctl: [250, 219],
  memfd_create: [319, 279],
  mount: [165, 40],
  move_mount: [429, 429],
  msgget: [68, 186],
  open_by_handle_at: [304, 265],
  open_tree: [428, 428],
  perf_event_open: [298, 241],
  personality: [135, 92],
  pidfd_getfd: [438, 438],
  process_vm_readv: [310, 270],
  ptrace: [101, 117],
  setns: [308, 268],
  splice: [275, 76],
  swapon: [167, 224],
  umount2: [166, 39],
  unshare: [272, 97],
  userfaultfd: [323, 282],
  vmsplice: [278, 75],
};
const EPERM = 1;
const numberOf = (name: string): number => REFUSED[name]![process.arch === 'arm64' ? 1 : 0];
const PROBE = 'for (@ARGV) { $! = 0; my $r = syscall($_, (-1) x 6); print $r == -1 ? $! + 0 : 0, " " }';

test('dangerous system calls are refused before the kernel looks at them', options, async () => {
  const names = Object.keys(REFUSED);
  const numbers = names.map(numberOf);
  const answers = (await output(`perl -e '${PROBE}' ${numbers.join(' ')}`)).trim().split(' ').map(Number);
  assert.deepEqual(
    Object.fromEntries(names.map((name, i) => [name, answers[i]])),
    Object.fromEntries(names.map((name) => [name, EPERM])),
  );
});

test('the same calls outside get other answers, so it is the filter that refuses them', options, (t) => {
  if (/Seccomp:\t[12]/.test(readFileSync('/proc/self/status', 'utf8'))) return t.skip('this host has a filter itself');
  const names = ['unshare', 'ptrace', 'keyctl', 'memfd_create', 'io_uring_setup', 'mount', 'splice', 'setns', 'chroot'];
  const text = execFileSync('perl', ['-e', PROBE, ...names.map((name) => String(numberOf(name)))], {
    encoding: 'utf8',
  });
  for (const [i, answer] of text.trim().split(' ').entries()) assert.notEqual(Number(answer), EPERM, names[i] ?? '');
});

test('new namespaces cannot be made by clone either, and clone3 is as if it did not exist', options, async () => {
  const [clone, clone3] = process.arch === 'arm64' ? [220, 435] : [56, 435];
  const call = (number: number, flags: number): string =>
    `perl -e '$r = syscall(${number}, ${flags}, 0, 0, 0, 0); print $r == -1 ? $! + 0 : "made"'`;
  assert.equal(await output(call(clone, 0x1000_0011)), '1');
  assert.equal(await output(call(clone3, 0)), '38');
});

test('only local, IP and netlink sockets can be opened', options, async () => {
  const open = (family: number, type: number, protocol = 0): Promise<string> =>
    output(`perl -e 'print socket(my $s, ${family}, ${type}, ${protocol}) ? "open" : $! + 0'`);
  for (const family of [1, 2, 10, 16])
    assert.equal(await open(family, family === 16 ? 3 : 2), 'open', `family ${family}`);
  for (const family of [17, 38, 40, 44]) assert.equal(await open(family, 5), '1', `family ${family}`);
  assert.equal(await open(2, 3, 1), '1', 'raw IPv4');
});

test('the network namespace is its own to change, the rest of /proc/sys is not', options, async () => {
  assert.equal(await output('echo 1 > /proc/sys/net/ipv4/ip_forward; cat /proc/sys/net/ipv4/ip_forward'), '1\n');
  assert.equal(
    await output('echo 1 > /proc/sys/net/ipv6/conf/all/forwarding; cat /proc/sys/net/ipv6/conf/all/forwarding'),
    '1\n',
  );
  for (const file of ['kernel/core_pattern', 'kernel/hostname', 'vm/drop_caches', 'fs/file-max'])
    assert.match(await output(`echo x > /proc/sys/${file}`), /Read-only file system/, file);
});

test('what tells about the host is empty', options, async () => {
  for (const file of ['kcore', 'keys', 'kallsyms', 'interrupts', 'timer_list', 'kmsg'])
    assert.equal(await output(`test ! -e /proc/${file} || cat /proc/${file}`), '', file);
  assert.doesNotMatch(await output('cat /proc/self/cgroup'), /lethe/);
});

test('no devices but the harmless ones, and none can be made', options, async () => {
  const devices = (await output('ls -lR /dev')).split('\n').filter((line) => /^[bc]/.test(line));
  assert.deepEqual(devices.map((line) => line.split(' ').at(-1)).toSorted(), [
    'full',
    'null',
    'random',
    'tty',
    'tun',
    'urandom',
    'zero',
  ]);
  const mknod = process.arch === 'arm64' ? 33 : 259;
  assert.equal(
    await output(
      `perl -e '$p = "/dev/mem"; $r = syscall(${mknod}, -100, $p, 020600, 257); print $r == -1 ? $! + 0 : 0'`,
    ),
    '1',
  );
});

test('nothing is open but /dev/null and the channel, and no core file can be written', options, async () => {
  const open = (await output('ls -l /proc/1/fd')).match(/ -> \S+/g) ?? [];
  assert.deepEqual(
    open.filter((target) => !/socket:|pipe:/.test(target)),
    Array(3).fill(' -> /dev/null'),
  );
  assert.match(await output('cat /proc/1/limits'), /Max core file size +1 +1 /);
});

test('the channel can be used, not changed, and by no other user of the host', options, async () => {
  assert.match(
    await output('touch /run/lethe/host/x; rm -f /run/lethe/host/agent.sock; ls /run/lethe/host'),
    /Read-only[\s\S]*agent\.sock/,
  );
  const socket = `${place.runDir}/${spec.id}/channel/agent.sock`;
  const connect =
    'use Socket; $> = $ARGV[1]; socket(my $s, PF_UNIX, SOCK_STREAM, 0); print connect($s, pack_sockaddr_un($ARGV[0])) ? "in" : $! + 0';
  for (const uid of ['1000', '65534'])
    assert.equal(execFileSync('perl', ['-e', connect, socket, uid], { encoding: 'utf8' }), '13');
});

test('two containers share no user, process, interface or channel', options, async () => {
  const other = makeSpec(place, spec.image);
  await engine.create(other);
  const there = await engine.connect(other.id);
  await inside(there, 'sleep 300 > /dev/null 2>&1 & echo secret > /run/secret; echo secret > /tmp/secret');
  const [mine, theirs] = await Promise.all(
    [channel, there].map(async (one) =>
      Number((await inside(one, 'cat /proc/self/uid_map')).output.trim().split(/\s+/)[1]),
    ),
  );
  assert.ok(Math.abs(mine! - theirs!) >= 65536);
  assert.doesNotMatch(await output('cat /proc/[0-9]*/cmdline'), /sleep/);
  assert.doesNotMatch(await output('ls /run /tmp'), /secret/);
  assert.equal((await output('ip -brief link')).split('\n').filter(Boolean).length, 2);
  assert.equal(await output('ls /run/lethe/host'), 'agent.sock\n');
  await engine.destroy(other.id);
});
