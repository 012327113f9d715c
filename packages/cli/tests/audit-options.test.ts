/** What `lethe audit` refuses, it refuses before it looks at anything, with the exit code that says so. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const LETHE = fileURLToPath(new URL('../src/main.ts', import.meta.url));

const lethe = (...args: string[]): { status: number | null; stderr: string; stdout: string } =>
  spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', LETHE, ...args], { encoding: 'utf8' });

test('wrong input is refused with exit code 3 and nothing on standard output', () => {
  for (const args of [
    [],
    ['host'],
    ['local', '--profile', 'full'],
    ['--profile', 'standard', 'local'],
    ['local', '--from', 'x'],
    ['--from', LETHE],
    ['diff', LETHE, LETHE],
    ['ssh://-oProxyCommand=x'],
  ]) {
    const { status, stdout, stderr } = lethe('audit', ...args);
    assert.equal(status, 3, args.join(' '));
    assert.equal(stdout, '');
    assert.match(stderr, /^lethe: .+\.\n$/);
  }
});
