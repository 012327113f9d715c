/**
 * Runs and what they leave behind. Each run has six random hexadecimal digits in the names of everything it makes, and a record of
 * its process, so that the next run can remove what a killed one left.
 */

import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes, toHex } from '@lethe/core';
import { TOOL_PATH } from './tools.ts';

const RECORDS = '/run/lethe-testkit';

export interface RunRecord {
  id: string;
  pid: number;
  /** Start time of that process in clock ticks since boot: a process id alone may have been given to another. */
  start: string;
  /** Directory of the run's files. */
  directory: string;
}

/** Start time of a process from /proc, or null if there is none. */
export function processStart(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

/** Opens a record before anything is made. */
export function openRun(directoryOf: (id: string) => string): RunRecord {
  const id = toHex(randomBytes(3));
  const record = { id, pid: process.pid, start: processStart(process.pid) ?? '', directory: directoryOf(id) };
  mkdirSync(RECORDS, { recursive: true, mode: 0o700 });
  mkdirSync(record.directory, { recursive: true, mode: 0o711 }); // the database runs as another user, below it
  writeFileSync(join(RECORDS, `${id}.json`), JSON.stringify(record));
  return record;
}

/** Name of a namespace of a run. */
export const namespaceName = (id: string, role: string): string => `tn${id}-${role}`;

/** Namespaces of a run that exist now. */
export function namespacesOf(id: string): string[] {
  try {
    return readdirSync('/run/netns').filter((name) => name.startsWith(`tn${id}-`));
  } catch {
    return [];
  }
}

/**
 * Ends every process in the run's namespaces and removes namespaces, files and record. Everything in those namespaces was started
 * for this run, whoever started it. Synchronous, so that it also works while the process exits; succeeds if nothing is left.
 */
export function closeRun(record: RunRecord): void {
  const namespaces = namespacesOf(record.id);
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    for (const pid of namespaces.flatMap(processesIn)) killQuietly(pid, signal);
    waitUntilEmpty(namespaces, signal === 'SIGTERM' ? 500 : 5000);
  }
  for (const name of namespaces) ip('netns', 'delete', name);
  rmSync(record.directory, { recursive: true, force: true });
  rmSync(join(RECORDS, `${record.id}.json`), { force: true });
}

/** Closes every run whose process is gone. Called at the start of each run. */
export function sweepDeadRuns(): void {
  let names: string[];
  try {
    names = readdirSync(RECORDS).filter((name) => name.endsWith('.json'));
  } catch {
    return; // no run was ever made
  }
  for (const name of names) {
    try {
      const record = JSON.parse(readFileSync(join(RECORDS, name), 'utf8')) as RunRecord;
      if (processStart(record.pid) !== record.start) closeRun(record);
    } catch {
      // being written or removed by its own run at this moment
    }
  }
}

function processesIn(namespace: string): number[] {
  const listed = ip('netns', 'pids', namespace);
  return listed
    .split('\n')
    .filter(Boolean)
    .map(Number)
    .filter((pid) => pid !== process.pid);
}

function waitUntilEmpty(namespaces: string[], limitMs: number): void {
  const end = performance.now() + limitMs;
  const pause = new Int32Array(new SharedArrayBuffer(4));
  while (performance.now() < end && namespaces.some((name) => processesIn(name).length > 0))
    Atomics.wait(pause, 0, 0, 20);
}

function killQuietly(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // it has ended by itself
  }
}

function ip(...args: string[]): string {
  try {
    return execFileSync('ip', args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, PATH: TOOL_PATH },
    });
  } catch {
    return '';
  }
}
