/**
 * `npm test`: static checks, the server image, then every test file of the repository with Node's test runner.
 * `npm test -- PATTERN…` runs only the files whose path holds one of the patterns, without the static checks.
 */

import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { buildImage } from '@lethe/image';
import { runChecks } from './check.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const patterns = process.argv.slice(2);

const files = globSync(
  ['{packages,web}/*/{src,tests}/**/*.test.ts', 'bench/{src,tests}/**/*.test.ts', 'tests/**/*.test.ts'],
  { cwd: root },
)
  .filter((file) => patterns.length === 0 || patterns.some((pattern) => file.includes(pattern)))
  .toSorted();

if (files.length === 0) {
  console.error('No test file matches. Nothing was run.');
  process.exit(2);
}
const failedChecks = patterns.length === 0 ? runChecks() : [];
await buildImage({ onProgress: (text) => console.log(`image: ${text}`) });
const status = await runTests(files);
if (failedChecks.length > 0) console.error(`Static checks failed: ${failedChecks.join(', ')}.`);
process.exitCode = status === 0 && failedChecks.length === 0 ? 0 : 1;

/** Runs the files in parallel processes; resolves to the runner's exit status. A file that hangs for ten minutes fails. */
function runTests(names: string[]): Promise<number> {
  const args = [
    '--test',
    `--test-concurrency=${Math.max(2, availableParallelism())}`,
    '--test-timeout=600000',
    '--test-reporter=spec',
    ...names,
  ];
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  return new Promise((resolve) => child.on('close', (code) => resolve(code ?? 1)));
}
