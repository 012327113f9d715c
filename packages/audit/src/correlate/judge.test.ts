/** Who may work in step with the client's traffic, and with what. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Process, RunningProgram } from '../facts/facts.ts';
import type { Program, Role } from '../knowledge/program.ts';
import type { Significant } from './in-step.ts';
import { judgeInStep } from './judge.ts';
import type { CounterKind } from './sample.ts';

const process = (pid: number, name: string, more: Partial<Process> = {}): Process => ({
  pid,
  parent: 1,
  name,
  exe: `/usr/bin/${name}`,
  argv: [name],
  environment: {},
  uid: 0,
  tracer: 0,
  kernelThread: false,
  netNamespace: 'net:[1]',
  mountNamespace: 'mnt:[1]',
  descriptors: [],
  code: [],
  carriesAudit: false,
  rings: 0,
  ...more,
});

const program = (id: string, role: Role, scratch?: string): Program => ({
  id,
  name: id,
  role,
  recognise: { names: [id] },
  byDefault: '',
  traps: [],
  sources: [],
  ...(scratch === undefined ? {} : { scratch }),
});

const inStep = (
  pid: number | null,
  kind: CounterKind,
  more: { object?: string; r?: number; contrast?: number } = {},
) => {
  const { object = '', r = 0.97, contrast = 0.9 } = more;
  const series = { kind, pid, name: 'self-named', object, values: [], times: [] };
  return { series, r, lag: 1, p: 0.0005, batched: false, contrast } satisfies Significant;
};

const RUNNING: RunningProgram[] = [
  { process: process(10, 'python3'), program: null },
  { process: process(11, 'wireguard-go'), program: program('wireguard-go', 'vpn') },
  { process: process(12, 'unbound'), program: program('unbound', 'dns', '/tmp/cache-\\d+') },
  { process: process(13, 'squid'), program: program('squid', 'proxy') },
  { process: process(14, 'collectd'), program: program('collectd', 'monitor') },
  { process: process(15, 'sshd', { carriesAudit: true }), program: null },
  { process: process(16, 'kworker', { kernelThread: true }), program: null },
];

const titles = (significant: Significant[], own: number[] = []): string[] =>
  judgeInStep({
    significant,
    processes: RUNNING.map(({ process }) => process),
    programs: RUNNING,
    own: new Set(own),
    symbolSeconds: 2,
  }).map(({ title }) => title);

test('what passes the traffic works with it; that is no finding unless it writes it down', () => {
  const kinds: CounterKind[] = ['io.rchar', 'io.wchar', 'io.syscr', 'io.syscw', 'cpu', 'rss', 'io.read_bytes'];
  for (const pid of [11, 12, 13]) assert.deepEqual(titles(kinds.map((kind) => inStep(pid, kind))), []);
  assert.deepEqual(titles([inStep(11, 'cpu'), inStep(11, 'file.pos', { object: '/var/lib/x' })]), [
    "wireguard-go works in step with the client's traffic (writes to /var/lib/x grow with it)",
  ]);
  assert.deepEqual(titles([inStep(13, 'io.write_bytes')]), [
    "squid works in step with the client's traffic (what it writes to disk grows with it)",
  ]);
  const object = '/tmp/cache-1 (deleted)';
  assert.deepEqual(titles([inStep(12, 'file.size', { object })]), []);
  assert.equal(titles([inStep(11, 'file.size', { object })]).length, 1);
});

test('nothing else may work with it; memory alone counts against nobody', () => {
  for (const pid of [10, 14]) {
    for (const kind of ['io.rchar', 'io.wchar', 'io.syscr', 'io.syscw', 'cpu', 'io.write_bytes'] as const) {
      assert.equal(titles([inStep(pid, kind)]).length, 1, kind);
    }
    assert.deepEqual(titles([inStep(pid, 'rss')]), []);
  }
  // Neither facts nor a program are known of it: it came later.
  assert.deepEqual(titles([inStep(99, 'cpu')]), [
    "self-named works in step with the client's traffic (what it computes grows with it)",
  ]);
});

test('one finding per process, named by its strongest counter, with the claims it is against', () => {
  const significant = [inStep(10, 'cpu'), inStep(10, 'io.wchar'), inStep(10, 'file.size', { object: '/var/lib/x' })];
  const [only, ...more] = judgeInStep({
    significant,
    processes: RUNNING.map(({ process }) => process),
    programs: RUNNING,
    own: new Set(),
    symbolSeconds: 2,
  });
  assert.deepEqual(more, []);
  assert.equal(only!.title, "python3 works in step with the client's traffic (writes to /var/lib/x grow with it)");
  assert.equal(only!.where, 'python3 (pid 10): file.size, io.wchar, cpu; r 0.97 after 2.0 s, p 0.0005');
  assert.deepEqual(only!.claims, ['CL-01', 'CL-04']);
});

test('the audit itself and threads of the kernel are never findings', () => {
  assert.deepEqual(titles([inStep(15, 'io.wchar'), inStep(16, 'cpu'), inStep(10, 'io.wchar')], [10]), []);
});

test('what works less while traffic flows, or hardly more, is no finding', () => {
  const less = inStep(10, 'cpu', { r: -0.97, contrast: -0.9 });
  const mostlyLess = inStep(10, 'cpu', { r: -0.97 });
  const hardlyMore = inStep(10, 'io.wchar', { contrast: 0.05 });
  assert.deepEqual(titles([less, mostlyLess, hardlyMore]), []);
});

test('a disk counts only if nobody is seen to write', () => {
  const disk = inStep(null, 'disk.written', { object: 'vda' });
  assert.deepEqual(titles([disk, inStep(11, 'cpu')]), [
    "A disk is written in step with the client's traffic, and no process is seen to do it (vda)",
  ]);
  assert.deepEqual(titles([disk, inStep(10, 'io.wchar')]), [
    "python3 works in step with the client's traffic (what it writes grows with it)",
  ]);
});

test('who merely holds the file that another one writes is not blamed, unless nobody else can be', () => {
  const object = '/var/log/x';
  const [held, written] = [inStep(14, 'file.pos', { object }), inStep(10, 'file.pos', { object })];
  assert.deepEqual(
    titles([held, written, inStep(10, 'io.wchar')]).map((title) => title.split(' ')[0]),
    ['python3'],
  );
  assert.equal(titles([held, written]).length, 2);
});

test('what writes in the silences only saves up what it saw; what merely works less has waited', () => {
  const silent = { r: -0.85, contrast: -0.9, object: '/var/x' };
  assert.equal(titles([inStep(10, 'file.pos', silent)]).length, 1);
  assert.equal(titles([inStep(11, 'io.write_bytes', { r: -0.85, contrast: -0.9 })]).length, 1);
  assert.deepEqual(titles([inStep(10, 'cpu', { r: -0.85, contrast: -0.9 })]), []);
  assert.deepEqual(titles([inStep(10, 'file.pos', { r: -0.85, contrast: -0.2, object: '/var/x' })]), []);
});
