/**
 * A part of the service as a process of its own. It is started again when it ends by itself, with growing pauses; a part that ends
 * too often in a row stops the whole service, since starting it for ever would hide what is wrong.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ErrorCode, LetheError } from '@lethe/core';

export interface Message {
  type: string;
  [field: string]: unknown;
}

export interface PartOptions {
  /** What the part is called in messages to the operator. */
  name: string;
  /** Absolute path of its entry file. */
  entry: string;
  /** The first message it gets, at every start. */
  config(): Promise<object>;
  onMessage(message: Message): void;
  /** Called when it ended by itself and is about to be started again. */
  onRestart(name: string): void;
  /** Called once when it cannot be kept running. */
  onGiveUp(error: LetheError): void;
}

/** Ends in a row, each within a minute of its start, after which a part is given up. */
const MOST_FAILURES = 5;
const STEADY_AFTER_MS = 60_000;
const STOP_LIMIT_MS = 60_000;

export class Part {
  readonly #options: PartOptions;
  #child: ChildProcess | undefined;
  #stopping = false;
  #failures = 0;
  #starts = 0;

  constructor(options: PartOptions) {
    this.#options = options;
  }

  /** Starts the part; resolves with its `ready` message. Throws what the part reports as fatal. */
  async start(): Promise<Message> {
    const { name, entry, config, onMessage } = this.#options;
    const child = fork(entry, [], {
      env: environment(this.#starts),
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      // A process group of its own: Ctrl-C reaches the parent alone, which then stops the parts in order.
      detached: true,
    });
    this.#child = child;
    this.#starts += 1;
    const startedAt = performance.now();
    child.on('message', (message) => onMessage(message as Message));
    child.on('exit', () => this.#ended(child, performance.now() - startedAt));
    child.send({ type: 'config', ...(await config()) });
    return await new Promise((resolve, reject) => {
      child.on('message', (message: Message) => {
        if (message.type === 'ready') resolve(message);
        if (message.type === 'fatal') reject(new LetheError(message['code'] as ErrorCode, String(message['message'])));
      });
      child.once('exit', () => reject(new LetheError('internal', `The ${name} process ended while it was starting.`)));
    });
  }

  /** Sends a message and resolves with the next one of the given type. Throws `unreachable` if the process ends first. */
  ask(message: Message, answerType: string): Promise<Message> {
    const child = this.#child;
    return new Promise((resolve, reject) => {
      const gone = (): void =>
        reject(new LetheError('unreachable', `The ${this.#options.name} process does not answer.`));
      if (!child?.connected) return gone();
      const listen = (answer: Message): void => {
        if (answer.type !== answerType) return;
        child.off('message', listen);
        child.off('exit', gone);
        resolve(answer);
      };
      child.on('message', listen);
      child.once('exit', gone);
      child.send(message);
    });
  }

  /** Asks the part to stop and waits for its end; ends it by force after a minute. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    const force = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    await ended;
    clearTimeout(force);
  }

  async #ended(child: ChildProcess, livedMs: number): Promise<void> {
    if (this.#stopping || child !== this.#child) return;
    this.#failures = livedMs > STEADY_AFTER_MS ? 1 : this.#failures + 1;
    if (this.#failures >= MOST_FAILURES) {
      this.#options.onGiveUp(
        new LetheError('internal', `The ${this.#options.name} process keeps ending. The service stops.`),
      );
      return;
    }
    this.#options.onRestart(this.#options.name);
    await sleep(250 * 2 ** (this.#failures - 1));
    if (this.#stopping) return;
    // A failed start ends the process, which leads here again.
    await this.start().catch(() => this.#child?.kill('SIGKILL'));
  }
}

/** All a part gets from the caller's environment. Secrets in it (mail server, database) go to the part that needs them, over a pipe. */
const PASSED_ON = ['PATH', 'HOME', 'LANG', 'TZ', 'LETHE_CACHE', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'] as const;

/** Crash points that a test asked for, separated by commas, end a part once each: one less for each start after the first. */
function environment(starts: number): NodeJS.ProcessEnv {
  const crashAt = process.env['LETHE_CRASH_AT']?.split(',').slice(starts).join(',');
  return Object.fromEntries([
    ...PASSED_ON.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
    ...(crashAt ? [['LETHE_CRASH_AT', crashAt]] : []),
  ]);
}
