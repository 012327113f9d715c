/** A program that answers each line of its input with one line of JSON, and ends with its input. */

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { type ErrorCode, LetheError } from '@lethe/core/errors';
import { cacheDirectory } from '../compile-cache.ts';

/** How every verb of `lethe` says with --json that it failed. */
interface Failure {
  error: { code: ErrorCode; message: string };
}

/** The longest that is asked for is the traffic of the profile `full`, three minutes. */
const LIMIT_MS = 300_000;

export class Talk implements AsyncDisposable {
  readonly pid: number;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  readonly #what: string;
  readonly #signal: AbortSignal | undefined;
  #said = '';

  /** `what` names it in errors. */
  constructor(command: readonly string[], what: string, signal?: AbortSignal) {
    const [first, ...rest] = command;
    this.#what = what;
    this.#signal = signal;
    const cache = cacheDirectory();
    this.#child = spawn(first!, rest, {
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
      env: { ...process.env, ...(cache === null ? {} : { NODE_COMPILE_CACHE: cache }) },
    });
    this.pid = this.#child.pid ?? 0;
    this.#child.stdin.on('error', () => {});
    this.#child.on('error', () => {});
    this.#child.stderr.on('data', (chunk: Buffer) => {
      this.#said = (this.#said + chunk.toString('utf8')).slice(-1000);
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /**
   * The next line. Throws the error that it tells, `internal` with the program's last words if it has ended, `timeout` after five minutes,
   * and the signal's reason.
   */
  async next<T>(): Promise<T> {
    const { promise: over, reject } = Promise.withResolvers<never>();
    const late = (): void => reject(new LetheError('timeout', `${this.#what} gave no answer. The audit was not made.`));
    const aborted = (): void => reject(this.#signal!.reason);
    const timer = setTimeout(late, LIMIT_MS);
    this.#signal?.addEventListener('abort', aborted, { once: true });
    try {
      this.#signal?.throwIfAborted();
      const line = await Promise.race([this.#lines.next(), over]);
      if (line.done === true) throw this.#ended();
      const answer = JSON.parse(line.value) as T | Failure;
      if (typeof answer === 'object' && answer !== null && 'error' in answer)
        throw new LetheError(answer.error.code, `${this.#what}: ${answer.error.message} The audit was not made.`);
      return answer as T;
    } finally {
      clearTimeout(timer);
      this.#signal?.removeEventListener('abort', aborted);
    }
  }

  #ended(): LetheError {
    const words = /\w*Error: .*|lethe: .*/.exec(this.#said)?.[0] ?? '';
    return new LetheError('internal', `${this.#what} ended${words ? `: ${words}` : ''}. The audit was not made.`);
  }

  async ask<T>(line: string): Promise<T> {
    this.#child.stdin.write(`${line}\n`);
    return await this.next<T>();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null || this.#child.pid === undefined) return;
    const closed = new Promise((done) => this.#child.once('close', done));
    this.#child.stdin.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 2000);
    await closed;
    clearTimeout(timer);
  }
}
