import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ImageFiles } from '@lethe/core';
import { machineArguments } from './qemu.ts';
import { isImageMachine } from './running-image.ts';

const image: ImageFiles = {
  digest: 'd'.repeat(64),
  rootDir: '/cache/root',
  rootImage: '/cache/root.erofs',
  verityImage: '/cache/root.verity',
  verityRoot: 'a'.repeat(64),
  veritySalt: 'b'.repeat(64),
  verityBlocks: 1000,
  kernel: '/cache/vmlinuz',
  initrd: '/cache/initrd',
};
const spec = { id: 'c'.repeat(32), image, hostInterface: 'lt1-0', memoryMb: 192, pids: 128 };
const files = { agent: '/run/a', qmp: '/run/q', memory: '/dev/shm/m' };
const made = (version: readonly [number, number], swap: boolean): string[] => [
  '/usr/bin/qemu',
  ...machineArguments(spec, 'tcg', 'name', files, { version, swap }),
];

test('a machine with the arguments of its image is one of it, also as a copy, on every version', () => {
  for (const version of [
    [7, 2],
    [8, 1],
    [9, 1],
  ] as const)
    for (const swap of [true, false]) assert.ok(isImageMachine(made(version, swap), image));
  assert.ok(isImageMachine([...made([7, 2], false), '-incoming', 'defer'], image));
});

test('another kernel, another root, a debugger, a second monitor or a copy of the traffic is not', () => {
  const args = made([7, 2], false);
  for (const change of [
    { kernel: '/tmp/k' },
    { initrd: '/tmp/i' },
    { verityRoot: 'e'.repeat(64) },
    { veritySalt: '0' },
  ])
    assert.equal(isImageMachine(args, { ...image, ...change }), false, JSON.stringify(change));
  for (const more of [
    ['-gdb', 'tcp::1234'],
    ['-s'],
    ['-monitor', 'stdio'],
    ['-mon', 'chardev=other'],
    ['-object', 'filter-dump,id=d,netdev=net,file=/tmp/x'],
    ['-netdev', 'user,id=second'],
    ['-plugin', 'x.so'],
    ['-kernel', '/tmp/k'],
    ['-append', 'init=/bin/sh'],
  ])
    assert.equal(isImageMachine([...args, ...more], image), false, more.join(' '));
  assert.equal(isImageMachine([], image), false);
});
