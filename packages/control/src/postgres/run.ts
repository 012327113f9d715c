/** Running one of PostgreSQL's programs as its user. */

import { type ChildProcess, spawn } from 'node:child_process';
import { LetheError } from '@lethe/core';
import type { SystemUser } from './user.ts';

/** Bytes of a program's last words that are kept in memory. */
const LAST_WORDS = 4096;

export interface Started {
  child: ChildProcess;
  /** What it last wrote to stderr. */
  lastWords(): string;
}

/**
 * Starts a program in a session of its own, so that Ctrl-C on the terminal reaches this process alone. Only stderr is read, and only
 * its end is kept, in memory.
 */
export function start(program: string, args: string[], user: SystemUser, cwd: string): Started {
  const child = spawn(program, args, {
    cwd,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    ...(process.getuid?.() === 0 && { uid: user.uid, gid: user.gid }),
  });
  let text = '';
  child.stderr!.on('data', (chunk: Buffer) => {
    text = (text + chunk.toString('utf8')).slice(-LAST_WORDS);
  });
  return { child, lastWords: () => text.trim() };
}

/** Runs a program to its end. Throws `disk_full` or `database_failed` with what it last said. */
export async function run(program: string, args: string[], user: SystemUser, cwd: string): Promise<void> {
  const { child, lastWords } = start(program, args, user, cwd);
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (status !== 0) throw startFailure(lastWords());
}

/** The error that a failed start means. Its text is PostgreSQL's own: about files and memory, before any customer can be in it. */
export function startFailure(lastWords: string): LetheError {
  if (/No space left on device/i.test(lastWords)) {
    return new LetheError(
      'disk_full',
      'The disk under the data directory is full: the database cannot start. Free some space and start again.',
    );
  }
  const last = lastWords.split('\n').findLast((line) => /FATAL|PANIC|error/i.test(line)) ?? 'it gave no reason';
  return new LetheError('database_failed', `The database did not start: ${last.trim()}`);
}
