/** A program that answers each line of its input with one line of JSON, and ends with its input. */

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { type ErrorCode, LetheError } from '@lethe/core/errors';

/** How every verb of `lethe` says with --json that it failed. */
interface Failure {
  error: { code: ErrorCode; message: string };
}

export class Talk implements AsyncDisposable {
  readonly pid: number;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: Interface;
  readonly #what: string;
  #said = '';

  /** `what` names it in errors. */
  constructor(command: readonly string[], what: string) {
    const [first, ...rest] = command;
    this.#what = what;
    this.#child = spawn(first!, rest, { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    this.pid = this.#child.pid ?? 0;
    this.#child.stdin.on('error', () => {});
    this.#child.on('error', () => {});
    this.#child.stderr.on('data', (chunk: Buffer) => {
      this.#said = (this.#said + chunk.toString('utf8')).slice(-1000);
    });
    this.#lines = createInterface({ input: this.#child.stdout });
  }

  /** The next line. Throws the error that it tells, or `internal` with the program's last words if it ends instead. */
  async next<T>(): Promise<T> {
    const ended = once(this.#lines, 'close').then(() => {
      const words = /\w*Error: .*|lethe: .*/.exec(this.#said)?.[0] ?? '';
      throw new LetheError('internal', `${this.#what} ended${words ? `: ${words}` : ''}. The audit was not made.`);
    });
    ended.catch(() => {});
    const [line] = (await Promise.race([once(this.#lines, 'line'), ended])) as [string];
    const answer = JSON.parse(line) as T | Failure;
    if (typeof answer === 'object' && answer !== null && 'error' in answer)
      throw new LetheError(answer.error.code, `${this.#what}: ${answer.error.message} The audit was not made.`);
    return answer as T;
  }

  async ask<T>(line: string): Promise<T> {
    const answer = this.next<T>();
    this.#child.stdin.write(`${line}\n`);
    return await answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null || this.#child.pid === undefined) return;
    const closed = once(this.#child, 'close');
    this.#child.stdin.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 2000);
    await closed;
    clearTimeout(timer);
  }
}
