/** Runs the few system tools the host needs (ip, nft), each with a time limit, without a shell, and with nothing secret in its arguments. */

import { spawn } from 'node:child_process';
import { LetheError } from '@lethe/core';

/** Milliseconds. A run takes some 20 ms on an idle machine; a loaded one may be a hundred times slower. */
const LIMIT_MS = 30_000;
const MOST_OUTPUT = 8 << 20;

/** The system directories too, which a plain session may lack. */
const PATH = [process.env['PATH'], '/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin'].filter(Boolean).join(':');

/** What a tool gets to know of this program's environment. */
export const TOOL_ENVIRONMENT = { PATH, LC_ALL: 'C' };

/** Debian packages that bring the tools. */
const PACKAGES: Record<string, string> = { ip: 'iproute2', nft: 'nftables', conntrack: 'conntrack' };

/** A tool's standard output. Throws `missing_tool`, `timeout`, or `internal` with the tool's own words as the cause, never as the message. */
export function run(tool: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(tool, args, { stdio: ['pipe', 'pipe', 'pipe'], env: TOOL_ENVIRONMENT });
    let output = '';
    let complaint = '';
    let late = false;
    const limit = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, LIMIT_MS);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (output.length < MOST_OUTPUT) output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (complaint.length < 1 << 14) complaint += text;
    });
    child.stdin.on('error', () => {}); // a tool may end without reading its input
    child.stdin.end(input);
    child.once('error', (cause) => {
      clearTimeout(limit);
      const brings = PACKAGES[tool] ?? tool;
      reject(new LetheError('missing_tool', `The tool ${tool} is missing. Install the package ${brings}.`, { cause }));
    });
    child.once('close', (code) => {
      clearTimeout(limit);
      const cause = new Error(complaint.trim());
      if (late) reject(new LetheError('timeout', `${tool} did not end in time and was stopped.`, { cause }));
      else if (code !== 0) reject(new LetheError('internal', `${tool} failed.`, { cause }));
      else resolve(output);
    });
  });
}
