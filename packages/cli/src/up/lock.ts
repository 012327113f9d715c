/**
 * One service per data directory. The kernel holds the lock (flock) and lets go when the holder ends, however it ends: a killed
 * service leaves nothing to clean up. Node has no flock, so a small child holds it and ends when our pipe to it closes.
 */

import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { LetheError } from '@lethe/core';

/** Takes the lock of a data directory for the life of this process. Throws `already_running` if another process has it. */
export async function lockDataDirectory(dataDir: string): Promise<{ release(): void }> {
  const file = join(dataDir, 'lock');
  // Readable by root alone: whoever can open it can lock it, and keep the service from starting.
  closeSync(openSync(file, 'a', 0o600));
  const holder = spawn('flock', ['--nonblock', '--no-fork', file, 'sh', '-c', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
  });
  const held = await new Promise<boolean>((resolve, reject) => {
    holder.once('error', (cause) =>
      reject(
        new LetheError('missing_tool', 'The command flock (package util-linux) is missing. Nothing was started.', {
          cause,
        }),
      ),
    );
    holder.stdout.once('data', () => resolve(true));
    holder.once('exit', () => resolve(false));
  });
  if (!held) {
    throw new LetheError(
      'already_running',
      `Lethe already runs on ${dataDir}. Nothing was changed. Stop that one first, or choose another directory with --data.`,
    );
  }
  holder.unref();
  return { release: () => holder.stdin.end() };
}
