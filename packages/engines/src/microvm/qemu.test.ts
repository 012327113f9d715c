import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MachineSpec } from '@lethe/core';
import { machineArguments, probeArguments } from './qemu.ts';

const spec: MachineSpec = {
  id: '0123456789abcdef0123456789abcdef',
  image: {
    digest: 'd'.repeat(64),
    rootDir: '/image/root',
    rootImage: '/image/a,b/root.erofs',
    verityImage: '/image/root.verity',
    verityRoot: 'a'.repeat(64),
    veritySalt: 'b'.repeat(64),
    verityBlocks: 1234,
    kernel: '/image/vmlinuz',
    initrd: '/image/initrd',
  },
  hostInterface: 'lt012345-0',
  memoryMb: 192,
  pids: 100,
};
const sockets = { agent: '/run/x/agent', qmp: '/run/x/qmp', memory: '/dev/shm/a,b/x' };
const qemu7 = { version: [7, 2], swap: false } as const;

const args = (
  accelerator: 'kvm' | 'tcg',
  facts: Parameters<typeof machineArguments>[4] = qemu7,
  id = spec.id,
): string[] => machineArguments({ ...spec, id }, accelerator, 'lethe-x', sockets, facts);

const after = (words: string[], option: string): string[] =>
  words.flatMap((word, index) => (word === option ? words[index + 1]! : []));

test('nothing a guest prints has anywhere to go', () => {
  const words = args('tcg');
  assert.deepEqual(after(words, '-serial'), ['none']);
  assert.deepEqual(after(words, '-display'), ['none']);
  assert.ok(words.includes('-nodefaults'));
  assert.equal(
    words.some((word) => /console=|file:|stdio|logfile/.test(word)),
    false,
  );
});

test('every disk is read-only, and a comma in a path cannot add an option', () => {
  const disks = after(args('kvm'), '-blockdev');
  assert.equal(disks.length, 2);
  for (const disk of disks) assert.match(disk, /,read-only=on$/);
  assert.match(disks[0]!, /filename=\/image\/a,,b\/root\.erofs,/);
  assert.equal(args('kvm').includes('-drive'), false);
});

test('the kernel is told the root hash, and to clear what is freed', () => {
  const [command] = after(args('kvm'), '-append');
  assert.match(command!, /(^| )init_on_free=1 /);
  assert.ok(command!.endsWith(` lethe.verity=${'a'.repeat(64)}:${'b'.repeat(64)}:1234`));
});

test("a guest's memory is the file that is overwritten after its end, and nothing else", () => {
  const [memory] = after(args('kvm'), '-object');
  assert.match(memory!, /^memory-backend-file,id=ram,size=192M,mem-path=\/dev\/shm\/a,,b\/x,share=on,/);
  assert.match(memory!, /,merge=off,dump=off$/);
  assert.match(after(args('kvm'), '-machine')[0]!, /,memory-backend=ram$/);
});

test('a guest that stops or panics ends its process', () => {
  assert.ok(args('tcg').includes('-no-reboot'));
  assert.match(after(args('tcg'), '-append')[0]!, /(^| )panic=-1 /);
});

test('each machine runs as a user of its own, outside of what systems hand out', () => {
  const [first] = after(args('tcg'), '-runas');
  const [second] = after(args('tcg', qemu7, 'f'.repeat(32)), '-runas');
  assert.notEqual(first, second);
  for (const user of [first!, second!]) {
    const [uid, gid] = user.split(':').map(Number);
    assert.equal(uid, gid);
    assert.ok(uid! >= 0x4000_0000 && uid! < 0x8000_0000);
  }
});

test('newer versions are told the same in their own words', () => {
  assert.deepEqual(after(args('tcg'), '-chroot'), ['/run/x']);
  assert.deepEqual(after(args('tcg', { version: [8, 2], swap: false }), '-run-with'), ['chroot=/run/x']);
  const newest = after(args('tcg', { version: [10, 0], swap: false }), '-run-with');
  assert.equal(newest[0], 'chroot=/run/x');
  assert.match(newest[1]!, /^user=\d+:\d+$/);
});

test('memory is locked where the host could write it to a disk', () => {
  assert.deepEqual(after(args('tcg'), '-overcommit'), []);
  assert.deepEqual(after(args('tcg', { version: [7, 2], swap: true }), '-overcommit'), ['mem-lock=on']);
});

test('emulation has a bounded cache of translated code; KVM has none', () => {
  assert.match(after(args('tcg'), '-accel')[0]!, /tb-size=48/);
  assert.deepEqual(after(args('kvm'), '-accel'), ['kvm']);
});

test('the probe has no network, no disk and no channel', () => {
  const words = probeArguments(spec.image, 'kvm', 'lethe-x', '/run/x', qemu7);
  for (const option of ['-netdev', '-device', '-blockdev', '-chardev'])
    assert.equal(words.includes(option), false, option);
});
