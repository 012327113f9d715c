/** The control plane as the process it really is: forked, configured over IPC, killable. */

import { type ChildProcess, fork } from 'node:child_process';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Mail } from '../../src/accounts/mail.ts';
import { until } from './service.ts';

const entry = fileURLToPath(import.meta.resolve('@lethe/control/main'));

export interface ProcessConfig {
  dataDir: string;
  databaseUrl: string;
  port?: number;
  publicUrl?: string;
}

export interface ControlProcess {
  readonly child: ChildProcess;
  readonly url: string;
  readonly mails: Mail[];
  /** What it wrote to stdout and stderr. */
  output(): string;
  now(): number;
  joinToken(): Promise<string>;
  /** How it ended: 'SIGKILL', or its exit status as text. */
  readonly ended: Promise<string>;
  stop(): Promise<string>;
}

export interface Fatal {
  type: 'fatal';
  code: string;
  message: string;
}

/** Forks the process and waits until it is ready. Rejects with what it reports as fatal. */
export async function forkControl(
  t: TestContext,
  config: object,
  env: NodeJS.ProcessEnv = {},
): Promise<ControlProcess> {
  const child = fork(entry, [], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, ...env },
  });
  const ended = new Promise<string>((resolve) =>
    child.once('exit', (status, signal) => resolve(signal ?? String(status))),
  );
  t.after(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  let output = '';
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  const said: { type: string; [field: string]: unknown }[] = [];
  child.on('message', (message) => said.push(message as (typeof said)[number]));
  const find = (type: string) => said.find((message) => message.type === type);
  child.send({ type: 'config', port: 0, webRoot: null, smtpUrl: null, publicUrl: 'http://localhost:8640', ...config });
  let over = false;
  void ended.then(() => {
    over = true;
  });
  await until(() => find('ready') ?? find('fatal') ?? over);
  const fatal = find('fatal');
  if (fatal || !find('ready'))
    throw Object.assign(new Error(`the process did not start: ${String(fatal?.['message'])} ${output}`), {
      fatal,
      ended,
    });
  return {
    child,
    url: `http://127.0.0.1:${String(find('ready')!['port'])}`,
    get mails() {
      return said.filter(({ type }) => type === 'mail') as unknown as Mail[];
    },
    output: () => output,
    now: () => Date.now() / 1000,
    async joinToken() {
      const before = said.length;
      child.send({ type: 'join-token' });
      return String((await until(() => said.slice(before).find(({ type }) => type === 'join-token')))['token']);
    },
    ended,
    async stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}
