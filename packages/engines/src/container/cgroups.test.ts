import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { hierarchies, requireLimits } from './cgroups.ts';

const base = mkdtempSync(join(tmpdir(), 'lethe-cgroups-'));
after(() => rmSync(base, { recursive: true }));

const MIB = 1024 * 1024;

/** A /proc and cgroup trees of files, as a kernel of another kind than this one would show them. */
function fakeKernel(name: string, mounts: string[], groups: string, files: Record<string, string>): string {
  const root = join(base, name);
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  };
  const lines = mounts.map((mount, i) => `3${i} 23 0:4${i} / ${mount.replaceAll('ROOT', root)}`);
  write(join(root, 'proc/self/mountinfo'), `23 1 254:0 / / rw - ext4 /dev/vda rw\n${lines.join('\n')}\n`);
  write(join(root, 'proc/7/cgroup'), `${groups}\n`);
  for (const [file, text] of Object.entries(files)) write(join(root, file), `${text}\n`);
  return join(root, 'proc');
}

const V2 = ['ROOT/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate'];
const HYBRID = [
  'ROOT/memory rw - cgroup cgroup rw,memory',
  'ROOT/pids rw - cgroup cgroup rw,pids',
  'ROOT/unified rw - cgroup2 cgroup2 rw',
];
const limits = { memoryMb: 64, pids: 32, swapLimit: true };
const refused = { code: 'engine_failed' };

test('the hierarchies are read from the list of mounts', () => {
  assert.deepEqual(hierarchies('31 23 0:28 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n'), [
    { mountPoint: '/sys/fs/cgroup/cpu,cpuacct', version: 1, controllers: ['rw', 'cpu', 'cpuacct'] },
  ]);
});

test('limits on cgroup v2', () => {
  const kernel = (name: string, memory: string, swap: string, pids: string): string =>
    fakeKernel(name, V2, '0::/lethe-a', {
      'cgroup/lethe-a/memory.max': memory,
      'cgroup/lethe-a/memory.swap.max': swap,
      'cgroup/lethe-a/pids.max': pids,
    });
  requireLimits(7, limits, kernel('good', String(64 * MIB), '0', '32'));
  requireLimits(7, { ...limits, swapLimit: false }, kernel('swap-unasked', String(64 * MIB), 'max', '32'));
  assert.throws(() => requireLimits(7, limits, kernel('no-memory', 'max', '0', '32')), refused);
  assert.throws(() => requireLimits(7, limits, kernel('large', String(65 * MIB), '0', '32')), refused);
  assert.throws(() => requireLimits(7, limits, kernel('swap', String(64 * MIB), 'max', '32')), refused);
  assert.throws(() => requireLimits(7, limits, kernel('no-pids', String(64 * MIB), '0', 'max')), refused);
  assert.throws(() => requireLimits(7, limits, fakeKernel('no-controller', V2, '0::/', {})), refused);
});

test('limits where v1 has the controllers and v2 is mounted beside', () => {
  const kernel = (name: string, memory: number, withSwap: number): string =>
    fakeKernel(name, HYBRID, '8:pids:/lethe-a\n4:memory:/lethe-a\n0::/lethe-a', {
      'memory/lethe-a/memory.limit_in_bytes': String(memory * MIB),
      'memory/lethe-a/memory.memsw.limit_in_bytes': String(withSwap * MIB),
      'pids/lethe-a/pids.max': '32',
    });
  requireLimits(7, limits, kernel('v1-good', 64, 64));
  assert.throws(() => requireLimits(7, limits, kernel('v1-swap', 64, 128)), refused);
  assert.throws(() => requireLimits(7, limits, kernel('v1-memory', 65, 64)), refused);
});
