/**
 * The kernel's word that a packet filter in this network changed: `nft monitor`, for as long as it is wanted. What it prints is not kept,
 * only that it printed something. It hears of tables, chains and rules, never of packets or connections.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { TOOL_ENVIRONMENT } from '../run.ts';

/** Ends with this process, also by `kill -9`: nobody would hear it any more. */
const COMMAND = ['setpriv', '--pdeathsig', 'KILL', 'nft', 'monitor', 'ruleset'] as const;
/** After it has ended by itself, until it is started again. */
const PAUSE_MS = 1000;
/** From its start until it surely hears: its own start and that of `nft` take time on a loaded machine. */
const DEAF_MS = 10_000;

export class RuleChanges {
  #child: ChildProcess | undefined;
  #startedAt = 0;
  #restart: NodeJS.Timeout | undefined;
  #ended: Promise<void> = Promise.resolve();
  #stopped = false;
  #heard = false;
  #wake: (() => void) | undefined;

  constructor() {
    this.#start();
  }

  /** True while changes are surely heard. */
  get hears(): boolean {
    return this.#child !== undefined && performance.now() - this.#startedAt > DEAF_MS;
  }

  /** Resolves when something changed, or may have, since it resolved last; or after so many milliseconds, or with the signal. */
  async next(limitMs: number, signal: AbortSignal): Promise<void> {
    if (!this.#heard && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const limit = setTimeout(resolve, limitMs).unref();
        this.#wake = () => {
          clearTimeout(limit);
          resolve();
        };
        signal.addEventListener('abort', this.#wake, { once: true });
      });
      if (this.#wake) signal.removeEventListener('abort', this.#wake);
      this.#wake = undefined;
    }
    this.#heard = false;
  }

  /** Ends the monitor. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#restart);
    // Now its end is waited for.
    this.#child?.ref();
    this.#child?.kill('SIGKILL');
    await this.#ended;
  }

  #start(): void {
    try {
      this.#listenTo(this.#run());
    } catch {
      this.#over(); // no memory or no descriptor left for it
    }
  }

  #run(): ChildProcess {
    const [program, ...args] = COMMAND;
    return spawn(program, args, { env: TOOL_ENVIRONMENT, stdio: ['ignore', 'pipe', 'ignore'] });
  }

  #listenTo(child: ChildProcess): void {
    this.#ended = new Promise((resolve) => {
      const over = (): void => {
        this.#over();
        resolve();
      };
      child.once('error', over);
      child.once('exit', over);
    });
    this.#child = child;
    this.#startedAt = performance.now();
    child.once('spawn', () => this.#changed());
    // Nobody waits for a program only because this goes on. One that could not be started has no output.
    child.unref();
    const output = child.stdout as (Socket & typeof child.stdout) | null;
    output?.unref();
    output?.on('data', () => this.#changed());
  }

  #over(): void {
    this.#child = undefined;
    this.#changed();
    clearTimeout(this.#restart);
    if (!this.#stopped) this.#restart = setTimeout(() => this.#start(), PAUSE_MS).unref();
  }

  #changed(): void {
    this.#heard = true;
    this.#wake?.();
  }
}
