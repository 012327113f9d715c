/**
 * Questions put to a target's shell, and its answers. The target may be hostile: it may answer with garbage, without end or not at all.
 * So every answer is framed by a random word that nothing on the target knew before, has a limit in bytes and in time, and a missing end
 * is a missing answer.
 */

import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { LetheError } from '@lethe/core';
import type { Target } from './target.ts';

export interface Question {
  id: string;
  /** POSIX shell; its standard output is the answer. */
  shell: string;
  /** More than this is cut off and said so. */
  maxBytes: number;
  /** Instead of the session's time for one answer. */
  timeoutMs?: number;
}

export interface Answer {
  /** The command, so that anybody can ask again: the provenance of every fact taken from it. */
  shell: string;
  status: 'answered' | 'cut-off' | 'timeout' | 'lost';
  /** Exit status of the command; null unless `answered`. */
  code: number | null;
  /** Bytes as Latin-1, so that none is lost. */
  text: string;
}

export interface SessionOptions {
  /** For one answer. */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

/** A question that a shell has been given, with the word that frames its answer. */
interface Sent {
  shell: string;
  maxBytes: number;
  timeoutMs: number;
  word: string;
}

/** What a target sends that nobody waits for yet; the longest answer is a quarter of it. */
const MAX_BUFFER_BYTES = 64 * 1024 * 1024;

/** A shell that lost its way is started again this often; then what is left stays unanswered. */
const MAX_SHELLS = 4;

export class Session implements AsyncDisposable {
  readonly #target: Target;
  readonly #options: SessionOptions;
  #child: ChildProcessWithoutNullStreams | null = null;
  #ended = true;
  #shells = 0;
  #buffer = Buffer.alloc(0);
  #wake: (() => void) | null = null;
  #said = '';
  /** Bytes received so far. */
  received = 0;

  constructor(target: Target, options: SessionOptions) {
    this.#target = target;
    this.#options = options;
  }

  /**
   * Puts the questions all at once, to be answered in turn: a far target costs one round trip, not one for each. Where a shell hangs or
   * ends, the question it was at stays without an answer, and those after it are put to the next shell. Throws `unreachable` if the target
   * gave no answer at all; else every question has one.
   */
  async ask(questions: readonly Question[]): Promise<Map<string, Answer>> {
    const answers = new Map<string, Answer>();
    let sent: Sent[] = [];
    for (let next = 0; next < questions.length; next += 1) {
      const question = questions[next]!;
      this.#options.signal?.throwIfAborted();
      if (this.#ended) sent = [];
      if (this.#ended && !this.#start()) {
        answers.set(question.id, { shell: question.shell, status: 'lost', code: null, text: '' });
        continue;
      }
      if (sent.length === 0) sent = questions.slice(next).map((one) => this.#send(one));
      answers.set(question.id, await this.#receive(sent.shift()!));
    }
    return answers;
  }

  #send({ shell, maxBytes, timeoutMs = this.#options.timeoutMs }: Question): Sent {
    const word = randomBytes(16).toString('hex');
    // The exit status travels inside the limit: where it is missing, the answer was cut off.
    this.#child!.stdin.write(
      `{ ( ( ${shell}\n) </dev/null 2>/dev/null; printf '\\n%s %s\\n' ${word}s "$?" ) | head -c ${maxBytes + 64}; printf '\\n%se\\n' ${word}; }\n`,
    );
    return { shell, maxBytes, timeoutMs, word };
  }

  async #receive({ shell, maxBytes, timeoutMs, word }: Sent): Promise<Answer> {
    const text = await this.#until(Buffer.from(`\n${word}e\n`), maxBytes + 4096, timeoutMs);
    if (text === null) {
      const status = this.#ended ? 'lost' : 'timeout';
      this.#stop();
      if (this.received === 0 && (status === 'lost' || this.#shells === MAX_SHELLS)) this.#unreachable();
      return { shell, status, code: null, text: '' };
    }
    const mark = text.lastIndexOf(`\n${word}s `);
    if (mark < 0) return { shell, status: 'cut-off', code: null, text: text.slice(0, maxBytes) };
    const code = Number.parseInt(text.slice(mark + word.length + 3), 10);
    return { shell, status: 'answered', code, text: text.slice(0, mark) };
  }

  #unreachable(): never {
    const last = this.#said.trim().split('\n').at(-1) ?? '';
    throw new LetheError(
      'unreachable',
      `The target gave no answer${last ? ` (${printable(last)})` : ''}. Nothing was examined. Check that the command in the target runs a shell.`,
    );
  }

  #start(): boolean {
    if (this.#shells >= MAX_SHELLS) return false;
    this.#shells += 1;
    this.#buffer = Buffer.alloc(0);
    const child = this.#target.open();
    this.#child = child;
    this.#ended = false;
    const over = (): void => {
      if (this.#child !== child) return;
      this.#ended = true;
      this.#wake?.();
    };
    child.on('error', (error) => {
      this.#said += `${error.message}\n`;
      over();
    });
    child.on('close', over);
    child.stdin.on('error', () => {});
    child.stderr.on('data', (chunk: Buffer) => {
      this.#said = (this.#said + chunk.toString('latin1')).slice(-2000);
    });
    child.stdout.on('data', (chunk: Buffer) => {
      if (this.#child !== child) return;
      this.received += chunk.length;
      this.#buffer = Buffer.concat([this.#buffer, chunk]);
      if (this.#buffer.length > MAX_BUFFER_BYTES) this.#stop();
      this.#wake?.();
    });
    return true;
  }

  /** Text before the mark; null if the time, the shell or the limit ended first. */
  async #until(mark: Buffer, limit: number, timeoutMs: number): Promise<string | null> {
    const deadline = Date.now() + timeoutMs;
    for (let from = 0; ; ) {
      const at = this.#buffer.indexOf(mark, from);
      if (at >= 0) {
        const text = this.#buffer.subarray(0, at).toString('latin1');
        this.#buffer = this.#buffer.subarray(at + mark.length);
        return text;
      }
      from = Math.max(0, this.#buffer.length - mark.length);
      if (this.#ended || this.#buffer.length > limit || Date.now() >= deadline) return null;
      await this.#more(deadline - Date.now());
    }
  }

  #more(ms: number): Promise<void> {
    const { signal } = this.#options;
    return new Promise((resolve, reject) => {
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', aborted);
        this.#wake = null;
        resolve();
      };
      const aborted = (): void => {
        done();
        reject(signal!.reason);
      };
      const timer = setTimeout(done, ms);
      signal?.addEventListener('abort', aborted, { once: true });
      this.#wake = done;
    });
  }

  #stop(): void {
    const child = this.#child;
    if (child?.pid !== undefined && child.exitCode === null) {
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        child.kill('SIGKILL');
      }
    }
    child?.stdout.destroy();
    child?.stderr.destroy();
    this.#ended = true;
    this.#child = null;
  }

  /** Ends the shell: gently, so that it removes what it made. */
  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child;
    if (child === null || this.#ended) return;
    child.stdin.end();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        this.#stop();
        resolve();
      }, 2000);
      child.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

const printable = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 200);
