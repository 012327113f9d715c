/** A control plane for tests: the real one, in this process, with a clock that can be set forward and mails that can be read. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Control, type ControlParts, startControl } from '@lethe/control';
import type { Mail } from '../../src/accounts/mail.ts';
import type { ControlConfig } from '../../src/config.ts';
import { LIMITS, type RouteLimits } from '../../src/http/limits.ts';
import type { TestDatabase } from './database.ts';

export interface TestService {
  readonly url: string;
  readonly databaseUrl: string;
  readonly dataDir: string;
  readonly control: Control;
  readonly mails: Mail[];
  /** Sets the service's clock forward. */
  advance(milliseconds: number): void;
  /** The service's time in Unix seconds, for signing. */
  now(): number;
  /** The newest mail to an address, once there is one that was not taken before. */
  nextMail(to: string): Promise<Mail>;
  stop(): Promise<void>;
}

/** Limits that no test reaches by accident. */
const WIDE: RouteLimits = {
  all: { max: 1e6, timeWindow: 60_000 },
  codes: { max: 1e6, timeWindow: 60_000 },
  signIns: { max: 1e6, timeWindow: 60_000 },
  joins: { max: 1e6, timeWindow: 60_000 },
};

export interface ServiceOptions {
  databaseUrl?: string;
  accountsDatabaseUrl?: string;
  dataDir?: string;
  port?: number;
  webRoot?: string;
  publicUrl?: string;
  limits?: Partial<RouteLimits> | 'real';
  onMail?: ControlParts['onMail'];
  proof?: ControlConfig['proof'];
}

let count = 0;

/** Starts a control plane that ends with the test. */
export async function startService(
  t: TestContext,
  database: TestDatabase,
  options: ServiceOptions = {},
): Promise<TestService> {
  count += 1;
  const dataDir = options.dataDir ?? join(database.directory, `service-${count}`);
  mkdirSync(dataDir, { recursive: true, mode: 0o711 });
  const databaseUrl = options.databaseUrl ?? (await database.create());
  const mails: Mail[] = [];
  let ahead = 0;
  const clock = { now: () => Date.now() + ahead };
  const control = await startControl(
    {
      dataDir,
      databaseUrl,
      ...(options.accountsDatabaseUrl && { accountsDatabaseUrl: options.accountsDatabaseUrl }),
      port: options.port ?? 0,
      webRoot: options.webRoot ?? null,
      smtpUrl: null,
      publicUrl: options.publicUrl ?? 'http://localhost:8640',
      ...(options.proof && { proof: options.proof }),
    },
    {
      clock,
      // Tests set the clock forward, and wait for what that brings.
      alarmRoundMs: 200,
      evidenceTickMs: 100,
      limits: options.limits === 'real' ? LIMITS : { ...WIDE, ...options.limits },
      onMail: options.onMail ?? (async (mail) => void mails.push(mail)),
    },
  );
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= control.stop());
  t.after(stop);
  return {
    url: `http://localhost:${control.port}`,
    databaseUrl,
    dataDir,
    control,
    mails,
    advance: (milliseconds) => {
      ahead += milliseconds;
    },
    now: () => clock.now() / 1000,
    nextMail: (to) => until(() => takeMail(mails, to)),
    stop,
  };
}

function takeMail(mails: Mail[], to: string): Mail | undefined {
  const at = mails.findLastIndex((mail) => mail.to === to);
  return at === -1 ? undefined : mails.splice(at, 1)[0];
}

/** Waits for a value, checking often, for half a minute at most. */
export async function until<T>(look: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  for (const end = Date.now() + 30_000; Date.now() < end; ) {
    const value = await look();
    if (value !== undefined && value !== false) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('What the test waits for did not happen within 30 seconds.');
}
