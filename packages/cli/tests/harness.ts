/** The real command line as a process, against a real control plane with a host that has no machines. */

import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startControl, startPostgres } from '@lethe/control';
import { type FakeHost, startFakeHost } from './fake-host.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

export interface Ran {
  code: number | null;
  out: string;
  err: string;
  /** stdout as the one JSON document it must be. */
  json(): Record<string, unknown>;
}

/** Runs `lethe` with arguments, in a directory, with an environment of its own and optional stdin. */
export function lethe(
  args: string[],
  options: { cwd: string; env?: Record<string, string>; stdin?: string | (() => Promise<string>) },
): Promise<Ran> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: options.cwd, ...options.env };
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: options.cwd, env, stdio: 'pipe' });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  child.stdin.on('error', () => {});
  const { stdin = '' } = options;
  if (typeof stdin === 'string') child.stdin.end(stdin);
  else void stdin().then((text) => child.stdin.end(text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, err, json: () => JSON.parse(out) as Record<string, unknown> }));
  });
}

export interface Service {
  url: string;
  host: FakeHost;
  /** The code mailed to an address, once it arrives. */
  code(email: string): Promise<string>;
  stop(): Promise<void>;
}

/** A control plane with a database of its own and one fake host. */
export async function startService(): Promise<Service> {
  const directory = mkdtempSync(join(tmpdir(), 'lethe-cli-'));
  // The database runs as a user of its own and has to pass through.
  chmodSync(directory, 0o711);
  const ends: (() => unknown)[] = [() => rmSync(directory, { recursive: true, force: true })];
  const stop = async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  };
  try {
    const database = await startPostgres({ dataDir: join(directory, 'data'), runDir: join(directory, 'run') });
    ends.push(() => database.stop());
    const mails = new Map<string, string>();
    const control = await startControl(
      {
        dataDir: join(directory, 'data'),
        databaseUrl: database.url,
        port: 0,
        webRoot: null,
        smtpUrl: null,
        publicUrl: 'http://localhost',
      },
      { onMail: async ({ to, text }) => void mails.set(to, /\b(\d{4} ?\d{4})\b/.exec(text)![1]!) },
    );
    ends.push(() => control.stop());
    const url = `http://localhost:${control.port}`;
    const host = await startFakeHost(url, await control.joinToken());
    ends.push(() => host.stop());
    return { url, host, code: (email) => nextCode(mails, email), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Each mail is read once, so that a code is never taken for a newer one. */
async function nextCode(mails: Map<string, string>, email: string): Promise<string> {
  for (let tries = 0; tries < 600; tries += 1) {
    const code = mails.get(email);
    if (code !== undefined) {
      mails.delete(email);
      return code;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('no mail arrived');
}
