/** Running a program to its end. */

import { spawn } from 'node:child_process';
import { LetheError } from '@lethe/core';
import { requireTools, TOOL_PATH } from './tools.ts';

export interface CommandOptions {
  /** Standard input; empty by default. Secrets go here, never into arguments. */
  input?: string;
  /** Kills the program after this long. Default 60000. */
  timeoutMs?: number;
  /** Return a failing exit status instead of throwing. */
  mayFail?: boolean;
  cwd?: string;
  env?: Record<string, string>;
}

export interface CommandResult {
  /** Exit status; null if a signal ended it. */
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a program and returns what it wrote. Throws `missing_tool`, `timeout`, or `internal` for a failing exit status. */
export async function run(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const child = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, PATH: TOOL_PATH, LC_ALL: 'C.UTF-8', ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.on('error', () => {}); // a program may end without reading its input
  child.stdin.end(options.input ?? '');
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
  }, options.timeoutMs ?? 60_000);
  try {
    const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
    if (late) throw new LetheError('timeout', `${command} did not end in time and was stopped.`);
    if (code !== 0 && options.mayFail !== true) {
      throw new LetheError('internal', `${command} failed: ${stderr.trim() || stdout.trim()}`);
    }
    return { code, stdout, stderr };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') requireTools(command);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
