/**
 * The kernel's word that a packet filter in this network changed: `nft monitor`, for as long as it is wanted. What it prints is not kept,
 * only that it printed something. It hears of tables, chains and rules, never of packets or connections.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { TOOL_ENVIRONMENT } from '../run.ts';

/** Ends with this process, also by `kill -9`: nobody would hear it any more. */
const COMMAND = ['setpriv', '--pdeathsig', 'KILL', 'nft', 'monitor', 'ruleset'] as const;
/** After it has ended by itself, until it is started again. */
const PAUSE_MS = 1000;
/** From its start until it hears: what changed before that is looked for. */
const DEAF_MS = 500;

export class RuleChanges {
  #child: ChildProcess | undefined;
  #restart: NodeJS.Timeout | undefined;
  #ended: Promise<void> = Promise.resolve();
  #stopped = false;
  #heard = false;
  #wake: (() => void) | undefined;

  constructor() {
    this.#start();
  }

  /** True while changes are heard. */
  get hears(): boolean {
    return this.#child !== undefined;
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
    this.#child?.kill('SIGKILL');
    await this.#ended;
  }

  #start(): void {
    const [program, ...args] = COMMAND;
    const child = spawn(program, args, { env: TOOL_ENVIRONMENT, stdio: ['ignore', 'pipe', 'ignore'] });
    // Nobody waits for a program only because this goes on.
    child.unref();
    (child.stdout as typeof child.stdout & { unref(): void }).unref();
    child.stdout.on('data', () => this.#changed());
    child.once('spawn', () => {
      this.#child = child;
      setTimeout(() => this.#changed(), DEAF_MS).unref();
    });
    this.#ended = new Promise((resolve) => {
      const over = (): void => {
        this.#child = undefined;
        this.#changed();
        if (!this.#stopped) this.#restart = setTimeout(() => this.#start(), PAUSE_MS).unref();
        resolve();
      };
      child.once('error', over);
      child.once('exit', over);
    });
  }

  #changed(): void {
    this.#heard = true;
    this.#wake?.();
  }
}
