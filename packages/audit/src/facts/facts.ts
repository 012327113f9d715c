/**
 * What is known about a target, typed. Facts are made from the saved answers by pure functions, so that a verdict can be reached again
 * from the file alone. A fact that could not be had carries the reason, and a check that needs it is Not tested.
 */

import type { CanaryRecord } from '../canary/plan.ts';
import type { Entry } from '../config/entry.ts';
import type { InStep } from '../correlate/in-step.ts';
import type { Program } from '../knowledge/program.ts';
import type { StoredTables } from '../stored/read-tables.ts';
import type { Traces } from '../trace/read-traces.ts';

export type Fact<T> = { known: true; value: T; source: string } | { known: false; reason: string; source: string };

export interface Facts {
  system: Fact<System>;
  processes: Fact<Process[]>;
  programs: Fact<RunningProgram[]>;
  configurations: Fact<Configuration[]>;
  integrity: Fact<BinaryState[]>;
  namespaces: Fact<NetNamespace[]>;
  bpf: Fact<BpfProgram[]>;
  tracing: Fact<{ kprobes: number; uprobes: number; events: number; tracer: string }>;
  kernelLog: Fact<{ packets: number; wireguard: number; faults: number }>;
  dynamicDebug: Fact<number>;
  netconsole: Fact<string[]>;
  preload: Fact<string[]>;
  swaps: Fact<string[]>;
  /** Where the kernel puts memory of programs that crash, and which processes may leave any. */
  coreDumps: Fact<{ pattern: string; allowed: number[] }>;
  accounting: Fact<{ file: string; growing: boolean }[]>;
  autostart: Fact<AutostartLine[]>;
  scripts: Fact<AutostartLine[]>;
  tunnelHooks: Fact<AutostartLine[]>;
  storedLogs: Fact<{ histories: string[]; containers: string[]; samples: string[] }>;
  /** What databases have room for: tables and columns by name, no rows. */
  storedTables: Fact<StoredTables>;
  /** The client's own traffic, from the profile `standard` on. */
  canary: Fact<CanaryRecord>;
  /** Where its markers lie on the target. */
  traces: Fact<Traces>;
  /** Counters that moved in step with its traffic. */
  inStep: Fact<InStep>;
}

export type FactName = keyof Facts;

export interface System {
  kernel: string;
  os: string;
  root: boolean;
}

export type DescriptorKind =
  | 'file'
  | 'unlinked'
  | 'memory'
  | 'socket'
  | 'pipe'
  | 'tunnel'
  | 'device'
  | 'bpf'
  | 'perf'
  | 'other';

export interface Descriptor {
  number: number;
  kind: DescriptorKind;
  /** As /proc shows it: `/var/log/x`, `socket:[4711]`. */
  target: string;
  /** Opened for writing. */
  writes: boolean;
  /** Inode of a socket. */
  inode: number | null;
}

export interface Process {
  pid: number;
  parent: number;
  name: string;
  exe: string | null;
  argv: string[];
  /** Only the variables that were asked for. */
  environment: Record<string, string>;
  uid: number;
  tracer: number;
  kernelThread: boolean;
  netNamespace: string;
  mountNamespace: string;
  descriptors: Descriptor[];
  /** Files mapped as code. */
  code: string[];
  /** An ancestor of the audit's own shell: the terminal it was started from, or sshd. */
  carriesAudit: boolean;
  /** Packet rings mapped into memory. */
  rings: number;
}

export interface RunningProgram {
  process: Process;
  program: Program | null;
}

export interface Configuration {
  pid: number;
  programId: string;
  files: string[];
  entries: Entry[];
  broken: { file: string; line: number }[];
  /** Answers of the running program, by the setting's key. */
  asked: Record<string, string>;
  /** Set if the files could not be read: then absence is no evidence. */
  unread: string | null;
}

export interface BinaryState {
  pid: number;
  exe: string;
  /** Library in the process that the values are of; null: the program itself. */
  library: string | null;
  /** MD5 of what runs, and what the package says; null where no package has it. */
  running: string;
  packaged: string[];
  /** Its root has the lists of Debian packages. */
  fromDebian: boolean;
  deleted: boolean;
}

export interface PacketSocket {
  inode: number;
  /** Ethernet type as hex: `0003` is all. */
  protocol: string;
  pid: number | null;
}

export interface Listener {
  transport: 'tcp' | 'udp' | 'raw';
  /** Local port; for raw sockets the protocol. */
  port: number;
  loopback: boolean;
  inode: number;
  pid: number | null;
}

export interface NetlinkListener {
  protocol: number;
  groups: number;
  /** Often the number of the process that opened it. */
  port: number;
  /** Process that holds the socket. */
  pid: number | null;
}

export interface NetNamespace {
  id: string;
  /** Lowest process in it. */
  pid: number;
  packetSockets: Fact<PacketSocket[]>;
  listeners: Fact<Listener[]>;
  netlink: Fact<NetlinkListener[]>;
  /** Ruleset of nft as JSON objects. */
  nft: Fact<Record<string, unknown>[]>;
  /** Sets, maps and meters that rules fill and that hold something: `FAMILY TABLE NAME`. */
  filledSets: Fact<string[]>;
  iptables: Fact<string[]>;
  nflogGroups: Fact<number[]>;
  trafficControl: Fact<string>;
  links: Fact<{ name: string; type: string; promiscuous: number; xdp: boolean }[]>;
  wireguard: Fact<{ interfaces: number; stalePeers: number }>;
  sysctls: Fact<Record<string, string>>;
}

export interface BpfProgram {
  id: number;
  type: string;
  name: string;
  pids: number[];
}

export interface AutostartLine {
  file: string;
  line: number;
  text: string;
}
