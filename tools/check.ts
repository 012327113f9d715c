/** Static checks: types, format, lint. `npm run check` runs them alone; `npm test` runs them first. Exit status 1 on any finding. */

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

const CHECKS: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ['types', 'tsc', '--noEmit', '-p', '.'],
  ['format and lint (biome)', 'biome', 'check', '--error-on-warnings', '.'],
  ['lint (oxlint)', 'oxlint', '--deny-warnings'],
];

/** Runs every check, prints the output of those that fail, returns the names of the failed ones. */
export function runChecks(): string[] {
  const failed: string[] = [];
  for (const [name, command, ...args] of CHECKS) {
    const result = spawnSync(`${root}/node_modules/.bin/${command}`, args, { cwd: root, encoding: 'utf8' });
    const ok = result.status === 0;
    console.log(`${ok ? 'ok  ' : 'FAIL'} ${name}`);
    if (!ok) {
      console.log(result.stdout + result.stderr);
      failed.push(name);
    }
  }
  return failed;
}

if (import.meta.main && runChecks().length > 0) process.exitCode = 1;
