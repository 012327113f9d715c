/**
 * The two runc commands the engine uses. Containers get /dev/null for input and output: nothing a server prints is kept
 * anywhere.
 *
 * runc is not needed to end a container: when its first process is killed the kernel ends all others of its process
 * namespace, and what is left of it is a directory of runc's and control groups. So ending works for every half-made
 * state, and without runc.
 */

import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { LetheError } from '@lethe/core';
import type { CommandOptions } from '../process/command.ts';
import { run } from '../process/command.ts';
import type { MachinePaths } from './record.ts';

export interface Runc {
  /** Path of the program. */
  file: string;
  /** Directory of its own state (`--root`). */
  stateDir: string;
}

/** Prepares a container up to the point before its program starts. Returns the id of its first process on the host. */
export async function createContainer(
  runc: Runc,
  id: string,
  paths: MachinePaths,
  options: CommandOptions,
): Promise<number> {
  await command(runc, paths, ['create', '--bundle', paths.directory, '--pid-file', paths.pidFile, id], options);
  const pid = Number(readFileSync(paths.pidFile, 'utf8'));
  if (!Number.isInteger(pid) || pid <= 1)
    throw new LetheError('engine_failed', 'runc made a container without a process.');
  return pid;
}

/** Lets the container's program start. */
export const startContainer = (runc: Runc, id: string, paths: MachinePaths, options: CommandOptions): Promise<void> =>
  command(runc, paths, ['start', id], options);

/**
 * Ends commands about this container that an earlier program left running when it died: they would go on to make what
 * is being removed. Whatever half-made container they had ends with them, since it waits for their next word.
 */
export function endStrayCommands(runc: Runc, id: string): void {
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const args = readFileSync(`/proc/${entry}/cmdline`, 'utf8').split('\0');
      if (args.includes(runc.stateDir) && args.includes(id)) process.kill(Number(entry), 'SIGKILL');
    } catch {
      // Ended meanwhile.
    }
  }
}

/** Removes what runc remembers of a container that has ended. */
export const removeRuncState = (runc: Runc, id: string): void =>
  rmSync(join(runc.stateDir, id), { recursive: true, force: true });

async function command(runc: Runc, paths: MachinePaths, args: string[], options: CommandOptions): Promise<void> {
  const log = ['--log', paths.runcLog, '--log-format', 'json'];
  try {
    await run(runc.file, ['--root', runc.stateDir, ...log, ...args], { ...options, silent: true });
  } catch (error) {
    if (!(error instanceof LetheError)) throw error;
    throw new LetheError(error.code, error.message, { cause: new Error(lastWords(paths.runcLog)) });
  }
}

/** The last thing runc logged. */
function lastWords(log: string): string {
  try {
    const last = readFileSync(log, 'utf8').trimEnd().split('\n').at(-1) ?? '';
    return String(JSON.parse(last).msg);
  } catch {
    return 'runc said nothing.';
  }
}
