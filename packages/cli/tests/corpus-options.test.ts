/** What `lethe corpus run` refuses, it refuses before anything runs. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

/** JSON that is no report. */
const PACKAGE = fileURLToPath(new URL('../package.json', import.meta.url));
const LETHE = fileURLToPath(new URL('../src/main.ts', import.meta.url));

test('wrong options are refused, and a profile that is no folder of keys is understood', () => {
  for (const [args, words] of [
    [['--jobs', '0'], /--jobs takes/],
    [['--clean', 'x'], /--clean/],
    [['--profile', 'full'], /Use quick or standard/],
    [['results.json'], /with --json only/],
    [['--resume', '/nonexistent'], /no results to go on from/],
    [['--resume', PACKAGE], /no results of the profile standard/],
    [['--profile', 'quick', '--only', 'no-such-entry'], /no-such-entry/],
  ] as const) {
    const { status, stderr, stdout } = spawnSync(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', LETHE, 'corpus', 'run', ...args],
      { encoding: 'utf8' },
    );
    assert.notEqual(status, 0);
    assert.equal(stdout, '');
    assert.match(
      stderr,
      process.getuid?.() === 0 || !args.some((arg) => ['--only', '--resume'].includes(arg)) ? words : /root/,
    );
  }
});
