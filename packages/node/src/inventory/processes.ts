/** The processes of a server: how old those are that hold something, and whether any runs that should not. */

import { readdirSync } from 'node:fs';
import type { Measurement, Probe, UndeclaredKind } from '@lethe/core/inventory';
import { filterPid } from '../filter-start.ts';
import { resolverPid } from '../resolver-start.ts';
import { KernelFile } from './kernel-file.ts';

export interface Process {
  pid: number;
  parent: number;
  name: string;
  kernel: boolean;
  ageS: number;
}

/** A thread of the kernel (PF_KTHREAD, include/linux/sched.h). */
const KERNEL_THREAD = 0x0020_0000;
/** Clock ticks in a second, on every Linux. */
const TICKS = 100;

/** Tools that the agent runs, besides the programs it starts to stay. */
const TOOLS = ['sh', 'dash', 'wg', 'ip', 'nft', 'conntrack'];

/**
 * All processes of this server. One that has ended is left out, also if its parent has not taken note of it yet. Throws if one cannot be
 * read.
 */
export function processesNow(): Process[] {
  const uptimeS = Number(uptime.read().split(' ')[0]);
  return pidsNow().flatMap((pid) => processNow(pid, uptimeS) ?? []);
}

const pidsNow = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

/** Null if it has ended. */
function processNow(pid: number, uptimeS: number): Process | null {
  try {
    const text = new KernelFile(`/proc/${pid}/stat`).read();
    return hasEnded(text) ? null : parseStat(text, uptimeS);
  } catch (error) {
    if (hasGone(error)) return null;
    throw error;
  }
}

const hasGone = (error: unknown): boolean => ['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '');

const uptime = new KernelFile('/proc/uptime');
const load = new KernelFile('/proc/loadavg');

/** All processes at one look after the other: listed anew when any process or thread has begun since, or one is gone. */
export class ProcessList {
  #mark = '';
  #listed: readonly Process[] = [];
  #names: { file: KernelFile; name: string }[] = [];

  /**
   * The very same list for as long as nothing has changed in it: ages are those of when it was made. One that has ended may stand in it
   * until its parent has taken note. Throws if a process cannot be read.
   */
  now(): readonly Process[] {
    // The number given out last (proc_loadavg(5)) and all that are in use, read before the list: what begins in between shows next time.
    const mark = `${load.read().trimEnd().split(' ').at(-1)} ${pidsNow().join()}`;
    if (mark !== this.#mark || !this.#names.every(isStillCalled)) this.#list();
    this.#mark = mark;
    return this.#listed;
  }

  /** The next look makes a new list. */
  renew(): void {
    this.#mark = '';
  }

  #list(): void {
    this.#mark = '';
    this.#listed = processesNow();
    this.#names = this.#listed
      .filter(({ kernel }) => !kernel)
      .map(({ pid, name }) => ({ file: new KernelFile(`/proc/${pid}/comm`), name }));
  }
}

/** A process can become another program without a new number. */
function isStillCalled({ file, name }: { file: KernelFile; name: string }): boolean {
  try {
    return file.read() === `${name}\n`;
  } catch {
    return false;
  }
}

/**
 * True for a zombie, of which nothing but its number is left: the state stands after the name, the number of threads 17 fields later. A
 * process whose first thread has ended looks like one while the others go on.
 */
function hasEnded(text: string): boolean {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return ['Z', 'X'].includes(fields[0]!) && Number(fields[17]) <= 1;
}

/** From the text of /proc/PID/stat. The name stands in brackets and may hold anything. */
export function parseStat(text: string, uptimeS: number): Process {
  const end = text.lastIndexOf(')');
  const fields = text.slice(end + 2).split(' ');
  return {
    pid: Number.parseInt(text, 10),
    parent: Number(fields[1]),
    name: text.slice(text.indexOf('(') + 1, end),
    kernel: (Number(fields[6]) & KERNEL_THREAD) !== 0,
    ageS: Math.max(0, Math.ceil(uptimeS - Number(fields[19]) / TICKS)),
  };
}

/**
 * Processes that hold what passes through them, for as long as they live. `used` is false for a server that no device has been at since
 * it last forgot: there is nothing in them then.
 */
export function processesMeasured(processes: readonly Process[], used: boolean): Measurement[] {
  const measured = (probe: Probe, process: Process | undefined): Measurement =>
    process && used ? { probe, present: true, ageS: process.ageS } : { probe, present: false, ageS: null };
  const byPid = (pid: number | null) => processes.find((one) => one.pid === pid);
  return [
    measured('wireguard-buffers', oldest(processes.filter(isUserspaceTunnel))),
    measured('resolver-memory', byPid(resolverPid())),
    measured('filter-memory', byPid(filterPid())),
  ];
}

const oldest = (processes: readonly Process[]): Process | undefined => processes.toSorted((a, b) => b.ageS - a.ageS)[0];

const isUserspaceTunnel = ({ name }: Process): boolean => name === 'wireguard-go';

/** The processes that the agent knows of: itself, and what it has started to stay. */
export interface OwnProcesses {
  agent: number;
  filter: number | null;
  resolver: number | null;
}

export const ownProcesses = (): OwnProcesses => ({
  agent: process.pid,
  filter: filterPid(),
  resolver: resolverPid(),
});

/** Reports a process that is neither init, agent, filter, resolver, userspace WireGuard, nor a tool one of them runs right now. */
export function searchProcesses(processes: readonly Process[], own: OwnProcesses): UndeclaredKind[] {
  const inits = ancestors(processes, own.agent);
  const declared = (one: Process): boolean =>
    one.kernel ||
    [own.agent, own.filter, own.resolver, 1, ...inits].includes(one.pid) ||
    (one.name === 'sleep' && inits.includes(one.parent)) ||
    (isUserspaceTunnel(one) && processes.filter(isUserspaceTunnel).length === 1) ||
    (TOOLS.includes(one.name) && ancestors(processes, one.pid).includes(own.agent));
  return processes.every(declared) ? [] : ['process'];
}

/** Parents of a process up to the first one. */
function ancestors(processes: readonly Process[], pid: number): number[] {
  const parent = processes.find((one) => one.pid === pid)?.parent ?? 0;
  return parent === 0 ? [] : [parent, ...ancestors(processes, parent)];
}
