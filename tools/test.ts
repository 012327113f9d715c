/**
 * `npm test`: static checks, the server image, then every test file of the repository with Node's test runner.
 * `npm test -- PATTERN…` runs only the files whose path holds one of the patterns, without the static checks.
 */

import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { buildImage } from '@lethe/image';
import { runChecks } from './check.ts';

/** Files that take a minute and more, as measured on two processors. */
const LONGEST = [
  'cli/tests/killed-anywhere',
  'cli/tests/demo.',
  'app/tests/looks',
  'app/tests/troubles',
  'cli/tests/seize',
  'cli/tests/corpus',
  'audit/tests/audit',
  'cli/tests/canary',
  'control/tests/crash',
  'host/tests/crash-points',
  'host/tests/host-life',
  'engines/tests/microvm-fails-closed',
  'cli/tests/change',
  'app/tests/journey',
  'app/tests/choices',
  'cli/tests/customer-story',
  'image/tests/build',
  'control/tests/evidence',
];

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

/**
 * Runs the files in parallel processes, the longest first: what begins last would else run alone at the end. Resolves to the exit status.
 * A test that hangs for ten minutes fails.
 */
async function runTests(names: string[]): Promise<number> {
  const weight = (name: string): number => LONGEST.findIndex((part) => name.includes(part)) + 1 || LONGEST.length + 1;
  const tests = run({
    cwd: root,
    files: names.toSorted((a, b) => weight(a) - weight(b)).map((name) => join(root, name)),
    // Not more: an audit looks for what works in step with traffic, and a machine with too much to do keeps no step.
    concurrency: Math.max(2, availableParallelism()),
    timeout: 600_000,
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  let status = 0;
  tests.on('test:fail', () => {
    status = 1;
  });
  await pipeline(tests.compose(new spec()), process.stdout, { end: false });
  return status;
}
