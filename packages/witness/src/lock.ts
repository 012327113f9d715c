/**
 * One witness per directory: two would each check against what the other has not cosigned yet.
 *
 * The kernel's lock (flock) belongs to an open file, and is gone when the last process that has it open ends, however it ends. Node
 * cannot take it; a short-lived child takes it on the file that we hold open.
 */

import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { LetheError } from '@lethe/core';

const TAKEN = 75;

/** Takes the lock of a directory that exists, until `release` or the end of this process. Throws `already_running`, `missing_tool`. */
export async function lockDirectory(directory: string): Promise<{ release(): void }> {
  // Readable by its owner alone: whoever can open it can lock it, and keep the witness from starting.
  const file = openSync(join(directory, 'lock'), 'a', 0o600);
  try {
    const status = await flock(file);
    if (status === TAKEN) {
      throw new LetheError(
        'already_running',
        'A witness already runs on this directory. Nothing was changed. Stop that one first, or choose another directory with --data.',
      );
    }
    if (status !== 0)
      throw new LetheError('internal', 'The directory of the witness cannot be locked. Nothing was changed.');
  } catch (error) {
    closeSync(file);
    throw error;
  }
  return { release: () => closeSync(file) };
}

/** Locks an open file; resolves to the exit status of flock(1). */
function flock(file: number): Promise<number | null> {
  const child = spawn('flock', ['--nonblock', '--conflict-exit-code', String(TAKEN), '3'], {
    stdio: ['ignore', 'ignore', 'ignore', file],
  });
  return new Promise((resolve, reject) => {
    child.once('error', (cause) =>
      reject(
        new LetheError('missing_tool', 'The command flock (package util-linux) is missing. Nothing was started.', {
          cause,
        }),
      ),
    );
    child.once('close', resolve);
  });
}
