/** All facts of a target from the saved answers. Pure: the same answers give the same facts. */

import { type CanaryRecord, markersOf } from '../canary/plan.ts';
import { inStep } from '../correlate/in-step.ts';
import { readSamples } from '../correlate/sample.ts';
import { seeded } from '../correlate/seeded.ts';
import { recognise } from '../knowledge/recognise.ts';
import { readStoredTables } from '../stored/read-tables.ts';
import { readTraces } from '../trace/read-traces.ts';
import { readConfigurations, readIntegrity } from './configurations.ts';
import type { AutostartLine, BpfProgram, Fact, Facts, Process, RunningProgram } from './facts.ts';
import { readNamespaces } from './namespaces.ts';
import { type Answers, counts, factOf, lines, numberOf, perProcess } from './parse.ts';
import { readProcesses } from './processes.ts';

/** `canary` is null where no client was there: what depends on it is not known then. */
export function readFacts(answers: Answers, canary: CanaryRecord | null = null): Facts {
  const processes = readProcesses(answers);
  const programs = from(processes, recogniseAll);
  return {
    system: factOf(answers, 'kernel', (text) => ({
      kernel: lines(text)[0] ?? '',
      os: /^PRETTY_NAME="?(.*?)"?$/m.exec(answers.get('os')?.text ?? '')?.[1] ?? 'unknown',
      root: isRoot(answers),
    })),
    processes,
    programs,
    configurations: from(programs, (list) => readConfigurations(list, answers)),
    integrity: from(programs, (list) => readIntegrity(list, answers)),
    namespaces: from(processes, (list) => readNamespaces(list, answers)),
    bpf: readBpf(answers, processes),
    tracing: factOf(answers, 'tracing', (text) => {
      const { kprobes = 0, uprobes = 0, events = 0 } = counts(text);
      return { kprobes, uprobes, events, tracer: /^tracer (\S+)/m.exec(text)?.[1] ?? 'nop' };
    }),
    kernelLog: factOf(answers, 'kernel-log', (text) => {
      const { packets, wireguard, faults } = counts(text);
      return packets === undefined ? null : { packets, wireguard: wireguard ?? 0, faults: faults ?? 0 };
    }),
    dynamicDebug: factOf(answers, 'dynamic-debug', numberOf),
    netconsole: factOf(answers, 'netconsole', lines),
    preload: factOf(answers, 'preload', lines, [0, 1]),
    swaps: factOf(answers, 'swaps', (text) =>
      lines(text)
        .slice(1)
        .map((line) => line.split(/\s+/)[0]!),
    ),
    coreDumps: readCoreDumps(answers),
    accounting: factOf(answers, 'accounting', readAccounting),
    autostart: factOf(answers, 'autostart', grepLines),
    scripts: factOf(answers, 'scripts', grepLines),
    tunnelHooks: factOf(answers, 'tunnel-hooks', tabLines),
    storedLogs: readStoredLogs(answers),
    storedTables: programs.known ? readStoredTables(programs.value, answers) : programs,
    canary: canary === null ? NO_CLIENT : { known: true, value: canary, source: 'the client and the sink' },
    traces: canary === null ? NO_CLIENT : readTraces(answers, markersOf(canary.plan, canary.client), canary.left),
    inStep: canary === null ? NO_CLIENT : readInStep(answers, canary),
  };
}

/** Counters that moved in step with the client's traffic. */
function readInStep(answers: Answers, { pattern }: CanaryRecord): Facts['inStep'] {
  const samples = factOf(answers, 'samples', readSamples);
  if (!samples.known) return samples;
  const { on, symbolMs, start, seed } = pattern;
  const { source } = samples;
  if (start === null) return { known: false, reason: 'the clock of the target could not be read', source };
  if (samples.value.taken < on.length) return { known: false, reason: 'there are too few samples', source };
  if (!isRoot(answers)) return { known: false, reason: 'counters of processes are for root to see', source };
  const symbolSeconds = symbolMs / 1000;
  const value = inStep({ symbols: on, start, symbolSeconds }, samples.value.series, { random: seeded(seed) });
  if (value.tested === 0 || !value.lags.includes(0))
    return { known: false, reason: 'the samples do not cover the traffic', source };
  return { known: true, value, source };
}

/** Root that can look into every process. An older file of facts did not ask for the second. */
const isRoot = (answers: Answers): boolean =>
  (answers.get('who')?.text ?? '').trim() === '0' && numberOf(answers.get('closed')?.text) === 0;

const NO_CLIENT = { known: false, reason: 'no client was there', source: 'the client' } as const;

/** A fact made of another one: unknown if that is. */
function from<A, B>(fact: Fact<A>, read: (value: A) => B): Fact<B> {
  return fact.known ? { known: true, value: read(fact.value), source: fact.source } : fact;
}

const recogniseAll = (list: Process[]): RunningProgram[] =>
  list.filter(({ kernelThread }) => !kernelThread).map((process) => ({ process, program: recognise(process) }));

/** `ID TYPE NAME` lines, the type as word or as number; and who holds them, where a process does. */
function readBpf(answers: Answers, processes: Fact<Process[]>): Fact<BpfProgram[]> {
  const holders = new Map<number, number[]>();
  const owners = new Set(processes.known ? processes.value.map(({ pid }) => pid) : []);
  const fdinfo = answers.get('fdinfo')?.text ?? '';
  for (const [, pid, id] of fdinfo.matchAll(/^\/proc\/(\d+)\/fdinfo\/\d+:prog_id:\s*(\d+)$/gm)) {
    if (owners.has(Number(pid))) holders.set(Number(id), [...(holders.get(Number(id)) ?? []), Number(pid)]);
  }
  return factOf(answers, 'bpf', (text) =>
    lines(text).flatMap((line) => {
      const [, id, type, name = ''] = /^(\d+) (\S+) ?(.*)$/.exec(line) ?? [];
      return id === undefined
        ? []
        : [
            {
              id: Number(id),
              type: BPF_TYPES[Number(type)] ?? type!,
              name,
              pids: [...new Set(holders.get(Number(id)))],
            },
          ];
    }),
  );
}

/** enum bpf_prog_type of the kernel's uapi/linux/bpf.h. */
const BPF_TYPES: Record<number, string> = {
  1: 'socket_filter',
  2: 'kprobe',
  3: 'sched_cls',
  4: 'sched_act',
  5: 'tracepoint',
  6: 'xdp',
  7: 'perf_event',
  8: 'cgroup_skb',
  9: 'cgroup_sock',
  13: 'sock_ops',
  14: 'sk_skb',
  15: 'cgroup_device',
  16: 'sk_msg',
  17: 'raw_tracepoint',
  18: 'cgroup_sock_addr',
  23: 'cgroup_sysctl',
  26: 'tracing',
  27: 'struct_ops',
  29: 'lsm',
};

/**
 * Processes that may leave a dump. A limit of 1 byte is smaller than any, and it is also the one value that keeps a kernel from calling
 * the program that a pattern names (core(5)).
 */
function readCoreDumps(answers: Answers): Facts['coreDumps'] {
  const limits = factOf(answers, 'core-limits', (text) =>
    perProcess(text, 'limits').map(([pid, line]) => ({
      pid,
      limit: /^Max core file size\s+(\S+)\s/.exec(line)?.[1] ?? '',
    })),
  );
  if (!limits.known) return limits;
  return factOf(answers, 'sysctls', (text) => {
    const pattern = /^\/proc\/sys\/kernel\/core_pattern:(.*)$/m.exec(text)?.[1]?.trim();
    if (pattern === undefined) return null;
    const none = pattern.startsWith('|') ? ['1'] : ['0', '1'];
    return { pattern, allowed: limits.value.filter(({ limit }) => !none.includes(limit)).map(({ pid }) => pid) };
  });
}

/** `PATH SIZE MTIME` lines, then the time there. */
function readAccounting(text: string): { file: string; growing: boolean }[] | null {
  const all = lines(text);
  const now = numberOf(all.at(-1));
  if (now === 0) return null;
  return all.slice(0, -1).flatMap((line) => {
    const match = /^(\/\S+) (\d+) (\d+)$/.exec(line);
    return match ? [{ file: match[1]!, growing: Number(match[2]) > 0 && now - Number(match[3]) < 120 }] : [];
  });
}

/** `PATH:LINE:TEXT` of grep -n. */
const grepLines = (text: string): AutostartLine[] =>
  lines(text).flatMap((line) => {
    const match = /^(\/[^:]*):(\d+):(.*)$/.exec(line);
    return match ? [{ file: match[1]!, line: Number(match[2]), text: match[3]!.trim() }] : [];
  });

/** `PATH<TAB>LINE<TAB>TEXT`. */
const tabLines = (text: string): AutostartLine[] =>
  lines(text).flatMap((line) => {
    const [file, number, ...rest] = line.split('\t');
    return rest.length > 0 && file!.startsWith('/')
      ? [{ file: file!, line: numberOf(number), text: rest.join('\t').trim() }]
      : [];
  });

function readStoredLogs(answers: Answers): Facts['storedLogs'] {
  const histories = factOf(answers, 'histories', lines);
  const containers = factOf(answers, 'container-logs', lines);
  const samples = factOf(answers, 'sysstat-files', lines);
  if (!histories.known) return histories;
  if (!containers.known) return containers;
  if (!samples.known) return samples;
  return {
    known: true,
    value: { histories: histories.value, containers: containers.value, samples: samples.value },
    source: 'files below /var/log and /var/lib',
  };
}
