/**
 * The kernel's own word that the packet filter, an interface, a route or a routing rule changed: `nft monitor` and `ip monitor`, for as long as
 * the agent lives. What they print is not kept, only that they printed something. Neither hears of connections, neighbours or packets.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { processesNow } from '../inventory/processes.ts';
import { isToldByKernel } from '../inventory/sockets.ts';

type Program = readonly [string, ...string[]];
const PROGRAMS: readonly Program[] = [
  ['nft', 'monitor', 'ruleset'],
  ['ip', 'monitor', 'link', 'route', 'rule'],
];
/** After a monitor has ended by itself, until it is started again. */
const PAUSE_MS = 1000;

/** Between two looks at whether one that was started hears yet. */
const SUBSCRIBES_MS = 50;

export class KernelMonitor {
  readonly #changed: () => void;
  #children: ChildProcess[] = [];
  #started = false;

  /** `changed` is called after each change, and whenever something may have been missed: also once a monitor hears. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** The monitors that run. */
  get pids(): ReadonlySet<number> {
    return new Set(this.#children.flatMap(({ pid }) => pid ?? []));
  }

  /** True if every monitor runs and is told by the kernel. */
  get hears(): boolean {
    return this.#children.length === PROGRAMS.length && [...this.pids].every(isHearing);
  }

  start(): void {
    if (this.#started) return;
    this.#started = true;
    endOrphans();
    for (const program of PROGRAMS) this.#run(program);
  }

  #run(program: Program): void {
    const child = startOrNull(program);
    if (child?.pid === undefined) {
      child?.once('error', () => {}); // the pause says it all
      this.#runAgain(program);
      return;
    }
    this.#children.push(child);
    child.once('error', () => {}); // what could not be killed
    child.once('exit', () => {
      this.#children = this.#children.filter((one) => one !== child);
      this.#runAgain(program);
    });
    child.stdout!.on('data', this.#changed);
    this.#awaitHearing(child);
  }

  #runAgain(program: Program): void {
    this.#changed();
    setTimeout(() => this.#run(program), PAUSE_MS).unref();
  }

  /** What changed before it heard is looked at when it does. */
  #awaitHearing(child: ChildProcess): void {
    if (!this.#children.includes(child)) return;
    if (isHearing(child.pid!)) this.#changed();
    else setTimeout(() => this.#awaitHearing(child), SUBSCRIBES_MS).unref();
  }
}

/** Null where the system has no room for another process. */
function startOrNull([tool, ...args]: Program): ChildProcess | null {
  try {
    return spawn(tool, args, {
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return null;
  }
}

/** A process that has subscribed and has not been stopped. */
function isHearing(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return isToldByKernel(pid) && !/^[TtZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}

/** Ends monitors of an agent that has ended: nobody hears what they say. One that cannot be ended is seen as a process too many. */
function endOrphans(): void {
  for (const { pid, parent } of orNone(processesNow)) {
    if (parent === process.pid || !isMonitor(pid)) continue;
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}

function orNone<T>(list: () => T[]): T[] {
  try {
    return list();
  } catch {
    return [];
  }
}

function isMonitor(pid: number): boolean {
  try {
    const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return PROGRAMS.some((program) => line === `${program.join('\0')}\0`);
  } catch {
    return false;
  }
}
