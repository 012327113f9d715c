/** What a person at a namespace's keyboard would try: look up a name, open a page, ping. */

import { fileURLToPath } from 'node:url';
import type { CommandOptions, CommandResult } from './command.ts';
import type { Answer } from './daemons/dns-query.ts';
import type { Question } from './daemons/probe.ts';

export type Exec = (command: string, args: readonly string[], options?: CommandOptions) => Promise<CommandResult>;

/** `error` is set if there was no answer at all: ETIMEDOUT, ECONNREFUSED, ENETUNREACH … */
export type ResolveResult = Partial<Answer> & { error?: string };

export interface FetchResult {
  status?: number;
  body?: string;
  /** The address that was asked. */
  address?: string;
  /** The source address the test internet's web server saw, if it was that one. */
  source?: string;
  error?: string;
}

export interface PingResult {
  sent: number;
  received: number;
  /** Milliseconds; null if nothing came back. */
  averageMs: number | null;
  medianMs: number | null;
}

const PROBE = fileURLToPath(new URL('./daemons/probe.ts', import.meta.url));

async function probe<T>(exec: Exec, question: Question): Promise<T> {
  const args = ['--disable-warning=ExperimentalWarning', PROBE];
  return JSON.parse((await exec(process.execPath, args, { input: JSON.stringify(question) })).stdout) as T;
}

/** Asks a name server, with DNSSEC requested. Never throws for a missing answer: see `error`. */
export const resolveName = (
  exec: Exec,
  name: string,
  server: string,
  type: string,
  timeoutMs: number,
): Promise<ResolveResult> => probe(exec, { kind: 'resolve', name, server, type, timeoutMs });

export interface FetchOptions {
  /** Name server for the host name. */
  server?: string;
  /** Address to ask instead of resolving. */
  address?: string;
  family?: 4 | 6;
  /** Default 10000. */
  timeoutMs?: number;
}

/** Opens a page over HTTP. Never throws for a missing answer: see `error`. */
export async function fetchUrl(exec: Exec, url: string, options: FetchOptions = {}): Promise<FetchResult> {
  const { server = null, address = null, family = null, timeoutMs = 10_000 } = options;
  const result = await probe<FetchResult>(exec, { kind: 'fetch', url, server, address, family, timeoutMs });
  const page = result.body?.startsWith('{') ? (JSON.parse(result.body) as { source?: string }) : {};
  return page.source === undefined ? result : { ...result, source: page.source };
}

export interface PingOptions {
  /** Default 3. */
  count?: number;
  /** Default 200. */
  intervalMs?: number;
  /** How long the last answer is waited for, in whole seconds. Default 2. */
  waitS?: number;
  /** End at the first answer; `count` is then the most that is sent. */
  untilFirst?: boolean;
}

/** Pings an address of either family. */
export async function pingAddress(exec: Exec, address: string, options: PingOptions = {}): Promise<PingResult> {
  const { count = 3, intervalMs = 200, waitS = 2, untilFirst = false } = options;
  const often = ['-n', '-i', `${intervalMs / 1000}`, '-W', `${waitS}`];
  // With a deadline, `-c` counts answers instead of packets.
  const args = untilFirst ? ['-c', '1', '-w', `${Math.ceil((count * intervalMs) / 1000) + waitS}`] : ['-c', `${count}`];
  const { stdout } = await exec('ping', [...often, ...args, address], {
    mayFail: true,
    timeoutMs: count * (intervalMs + waitS * 1000) + 10_000,
  });
  const times = [...stdout.matchAll(/ time=([\d.]+) ms/g)].map((match) => Number(match[1])).toSorted((a, b) => a - b);
  const average = times.reduce((sum, time) => sum + time, 0) / times.length;
  return {
    sent: count,
    received: times.length,
    averageMs: times.length > 0 ? average : null,
    medianMs: times.length > 0 ? times[Math.floor(times.length / 2)]! : null,
  };
}
