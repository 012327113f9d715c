/**
 * Tools that print addresses, behind a screen: a shell passes on what a constant script lets through. The tool and the shell end at
 * once; the agent, which lives long, never has an address in its memory.
 */

import { run } from '../run.ts';

/** Printed in place of the rest when a tool has failed. */
export const FAILED = '!';

/**
 * Fields of the lines that a script lets through, or null if a tool in it failed. Scripts are constants: nothing from outside is ever
 * part of one. Throws `ToolError` if the shell cannot be run.
 */
export async function screened(script: string): Promise<string[][] | null> {
  const lines = (await run('sh', ['-c', script])).split('\n').filter((line) => line !== '');
  return lines.includes(FAILED) ? null : lines.map((line) => line.split(' '));
}
