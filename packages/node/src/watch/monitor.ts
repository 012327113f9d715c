/**
 * The kernel's own word that the packet filter, an interface, a route or a routing rule changed: `nft monitor` and `ip monitor`, for as long as
 * the agent lives. What they print is not kept, only that they printed something. Neither hears of connections, neighbours or packets.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { processesNow } from '../inventory/processes.ts';

const PROGRAMS = [
  ['nft', 'monitor', 'ruleset'],
  ['ip', 'monitor', 'link', 'route', 'rule'],
] as const;
/** After a monitor has ended by itself, until it is started again. */
const PAUSE_MS = 1000;

export class KernelMonitor {
  readonly #changed: () => void;
  readonly #listeners = new Set<() => void>();
  #children: ChildProcess[] = [];
  #started = false;

  /** `changed` is called after each change, and whenever something may have been missed. */
  constructor(changed: () => void) {
    this.#changed = () => {
      for (const listener of this.#listeners) listener();
      changed();
    };
  }

  /** Calls `changed` at each change, until what it returns is called; null if it may not hear of every one. */
  listen = (changed: () => void): (() => void) | null => {
    if (!this.hears) return null;
    this.#listeners.add(changed);
    return () => {
      this.#listeners.delete(changed);
    };
  };

  /** The monitors that run. */
  get pids(): ReadonlySet<number> {
    return new Set(this.#children.flatMap(({ pid }) => pid ?? []));
  }

  /** True if every monitor runs. */
  get hears(): boolean {
    return this.#children.length === PROGRAMS.length;
  }

  start(): void {
    if (this.#started) return;
    this.#started = true;
    endOrphans();
    for (const program of PROGRAMS) this.#run(program);
  }

  #run([tool, ...args]: readonly [string, ...string[]]): void {
    const child = spawn(tool, args, {
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    if (child.pid !== undefined) this.#children.push(child);
    const over = (): void => {
      if (!this.#children.includes(child) && child.pid !== undefined) return;
      this.#children = this.#children.filter((one) => one !== child);
      this.#changed();
      setTimeout(() => this.#run([tool, ...args]), PAUSE_MS).unref();
    };
    child.once('error', over);
    child.once('exit', over);
    // A process that could not be started has no output.
    (child.stdout as typeof child.stdout | undefined)?.on('data', this.#changed);
  }
}

/** Ends monitors of an agent that has ended: nobody hears what they say. One that cannot be ended is seen as a process too many. */
function endOrphans(): void {
  for (const { pid, parent } of processesNow()) {
    if (parent === process.pid || !isMonitor(pid)) continue;
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
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
