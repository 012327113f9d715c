/** Running the few tools a server has. Output stays in memory; nothing is inherited, so nothing is ever printed. */

import { spawn } from 'node:child_process';

/** Generous: software emulation on a busy host is slow, and a tool that hangs longer is a failure. */
const TIMEOUT_MS = 30_000;

const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };

export interface ToolResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** A tool that ended badly. It carries no output: that could hold an address. */
export class ToolError extends Error {
  constructor(tool: string) {
    super(`${tool} failed`);
  }
}

/**
 * Runs a tool to its end and returns what it wrote, whatever its exit code. Throws `ToolError` if it cannot be started or takes too
 * long. Arguments are visible to every process of the server: no private key may be among them.
 */
export function runAny(tool: string, args: readonly string[], input = ''): Promise<ToolResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(tool, args, { env: ENVIRONMENT, stdio: 'pipe', timeout: TIMEOUT_MS, killSignal: 'SIGKILL' });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', () => reject(new ToolError(tool)));
    child.on('close', (code) => (code === null ? reject(new ToolError(tool)) : resolve({ code, stdout, stderr })));
    // A tool that ends without reading its input breaks the pipe; its exit code says the rest.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

/** Like `runAny`, but a non-zero exit code throws too. Returns standard output. */
export async function run(tool: string, args: readonly string[], input = ''): Promise<string> {
  const result = await runAny(tool, args, input);
  if (result.code !== 0) throw new ToolError(tool);
  return result.stdout;
}

export interface Service {
  /** True once the process has ended, or if it could not be started. */
  ended(): boolean;
  /** Undefined if it could not be started. */
  pid: number | undefined;
}

/** Services that this process started and that have not ended. */
let running = 0;
let whenOneEnds = (): void => {};

/** How many of the services that run are children of this process, so that it hears of their end. */
export const ownServices = (): number => running;

/** Calls back each time one of them ends, on purpose or not. */
export function onServiceEnd(callback: () => void): void {
  whenOneEnds = callback;
}

/** Starts a process that outlives the agent: its own session, no standard streams. */
export function startService(tool: string, args: readonly string[], environment: Record<string, string> = {}): Service {
  const child = spawn(tool, args, {
    env: { ...ENVIRONMENT, ...environment },
    stdio: 'ignore',
    detached: true,
    cwd: '/',
  });
  let ended = false;
  running += 1;
  const end = (): void => {
    if (ended) return;
    ended = true;
    running -= 1;
    whenOneEnds();
  };
  child.once('error', end);
  child.once('exit', end);
  child.unref();
  return { ended: () => ended, pid: child.pid };
}
