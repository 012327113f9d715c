/** Runs the few system tools the engine needs, each with a time limit and without a shell. */

import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { LetheError } from '@lethe/core';

/**
 * Limit for one run of a tool, in milliseconds. Each takes some 20 ms on an idle machine; a loaded one may be a hundred
 * times slower.
 */
const DEFAULT_LIMIT_MS = 30_000;

export interface CommandOptions {
  path: string;
  limitMs?: number | undefined;
  signal?: AbortSignal | undefined;
  /** Give the tool no output at all: for one that leaves a process behind, which would inherit it. */
  silent?: boolean;
}

/** PATH with the system directories, which a plain user's session may lack. */
export const searchPath = (path = process.env['PATH'] ?? ''): string =>
  [...new Set([...path.split(':').filter(Boolean), '/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin'])].join(
    ':',
  );

/** Absolute path of a tool in a search path. Throws `missing_tool` with the name of its Debian package. */
export function findTool(tool: string, debianPackage: string, path: string): string {
  for (const directory of path.split(':')) {
    const file = join(directory, tool);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not in this directory: look in the next one.
    }
  }
  throw new LetheError('missing_tool', `The tool ${tool} is missing. Install the Debian package ${debianPackage}.`);
}

/**
 * Runs a tool and returns its standard output, at most 1 MiB. Throws `timeout` if it does not end in time (it is
 * killed), `engine_failed` if it fails or the signal aborts it, `missing_tool` if it cannot be run. The tool's own
 * words are the error's cause, never its message.
 */
export function run(file: string, args: readonly string[], options: CommandOptions): Promise<string> {
  const name = file.slice(file.lastIndexOf('/') + 1);
  return new Promise((resolve, reject) => {
    if (options.signal?.aborted) {
      reject(new LetheError('engine_failed', `${name} was not started: the work was called off.`));
      return;
    }
    const output = options.silent ? 'ignore' : 'pipe';
    const child = spawn(file, args, { stdio: ['ignore', output, output], env: { PATH: options.path, LC_ALL: 'C' } });
    let text = '';
    let complaint = '';
    let late = false;
    const limit = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, options.limitMs ?? DEFAULT_LIMIT_MS);
    const abort = (): void => void child.kill('SIGKILL');
    options.signal?.addEventListener('abort', abort, { once: true });
    child.stdout?.on('data', (chunk: Buffer) => {
      if (text.length < 1 << 20) text += chunk.toString('utf8');
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      if (complaint.length < 1 << 14) complaint += chunk.toString('utf8');
    });
    const settle = (error: LetheError | null): void => {
      clearTimeout(limit);
      options.signal?.removeEventListener('abort', abort);
      if (error) reject(error);
      else resolve(text);
    };
    child.once('error', (cause) => settle(new LetheError('missing_tool', `${name} cannot be run.`, { cause })));
    child.once('close', (code) => settle(verdict(name, code, late, options.signal, complaint)));
  });
}

function verdict(
  name: string,
  code: number | null,
  late: boolean,
  signal: AbortSignal | undefined,
  complaint: string,
): LetheError | null {
  if (code === 0) return null;
  const cause = new Error(complaint.trim());
  if (late) return new LetheError('timeout', `${name} did not end in time and was stopped.`, { cause });
  if (signal?.aborted)
    return new LetheError('engine_failed', `${name} was stopped: the work was called off.`, { cause });
  return new LetheError('engine_failed', `${name} failed.`, { cause });
}
