/** The real service, as a process in the test internet's host namespace: `lethe up --json`. */

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LetheError } from '@lethe/core';
import { type TestInternet, until } from '@lethe/testkit';

/** The `lethe` program of this checkout, as `./lethe` starts it once everything it needs is there: a namespace has no way to bring it. */
export const LETHE: readonly [string, ...string[]] = [
  process.execPath,
  '--disable-warning=ExperimentalWarning',
  fileURLToPath(new URL('../main.ts', import.meta.url)),
];

const START_LIMIT_MS = 300_000;
const STOP_LIMIT_MS = 120_000;

export interface ServiceOptions {
  engine: string;
  dataDir: string;
  /** Where a test wants a part of the service to end as `kill -9` would: names of crash points, separated by commas. */
  crashAt?: string;
  /** Seconds of an epoch of the evidence, where an hour is too long to wait for. */
  epochS?: number;
}

export class Service {
  readonly #net: TestInternet;
  readonly #options: ServiceOptions;
  #child: ChildProcess | null = null;
  #said = '';
  /** Where the API is, as seen from the host namespace. */
  url = '';
  /** The engine that `up` reported. */
  engine = '';

  constructor(net: TestInternet, options: ServiceOptions) {
    this.#net = net;
    this.#options = options;
  }

  get dataDir(): string {
    return this.#options.dataDir;
  }

  /** Six hexadecimal digits in the name of everything this service makes. */
  get instance(): string {
    return readFileSync(join(this.#options.dataDir, 'instance'), 'utf8').trim();
  }

  /** Starts it and resolves when it says that it is ready. Throws `engine_failed` with the last lines it wrote. */
  async start(): Promise<void> {
    const anchor = join(this.#net.directory, 'root-anchor');
    writeFileSync(anchor, `${this.#net.rootAnchors.join('\n')}\n`);
    const { engine, dataDir, crashAt, epochS } = this.#options;
    const up = [
      ...LETHE,
      'up',
      '--json',
      '--data',
      dataDir,
      '--engine',
      engine,
      '--root-anchor',
      anchor,
      ...(epochS === undefined ? [] : ['--epoch', `${epochS}`]),
    ];
    // The caller's database and mail server are not the demo's.
    const crash = crashAt === undefined ? [] : [`LETHE_CRASH_AT=${crashAt}`];
    const child = this.#net.spawn('host', 'env', [
      '-u',
      'DATABASE_URL',
      '-u',
      'ACCOUNTS_DATABASE_URL',
      '-u',
      'LETHE_SMTP_URL',
      ...crash,
      ...up,
    ]);
    this.#child = child;
    this.#said = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#said += text;
    });
    let line = '';
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      line += text;
    });
    await until('the service is ready', () => child.exitCode !== null || line.includes('\n'), START_LIMIT_MS);
    const { error, ...ready } = (line.includes('\n') ? JSON.parse(line) : {}) as {
      url?: string;
      engine?: string;
      error?: { message: string };
    };
    if (ready.url === undefined || ready.engine === undefined) {
      if (child.exitCode !== null) this.#child = null; // there is nothing to stop
      throw new LetheError('engine_failed', `The service did not start. ${error?.message ?? this.lastWords()}`);
    }
    this.url = ready.url;
    this.engine = ready.engine;
  }

  /** How often it wrote something. */
  timesSaid(text: string): number {
    return this.#said.split(text).length - 1;
  }

  /** The last lines the service wrote for its operator. */
  lastWords(): string {
    return this.#said.trim().split('\n').slice(-12).join('\n');
  }

  /** The newest sign-in code mailed to an address. Mail goes to the terminal of `up`. */
  codeFor(email: string, after = 0): Promise<string> {
    return until(`a mail to ${email}`, () => {
      const mails = this.#said.slice(after).split(/(?=^ *Mail to )/m);
      const mail = mails.findLast((text) => text.trimStart().startsWith(`Mail to ${email}:`));
      return /\b(\d{4} ?\d{4})\b/.exec(mail ?? '')?.[1]?.replace(' ', '');
    });
  }

  /** How much it has written so far: mark for `codeFor`. */
  get mark(): number {
    return this.#said.length;
  }

  /** Ctrl-C; resolves when it has ended. Throws `timeout` if it does not end, `internal` for a failing exit status. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    this.#child = null;
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'close');
      child.kill('SIGINT');
      const force = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
      await ended;
      clearTimeout(force);
    }
    if (child.exitCode !== 0) {
      throw new LetheError('internal', `The service did not stop cleanly. It wrote:\n${this.lastWords()}`);
    }
  }

  /** After `stop`: removes what the next start would have found, for a service that has none. */
  forget(): void {
    rmSync(`/run/lethe/${this.instance}`, { recursive: true, force: true });
  }
}
