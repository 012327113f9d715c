/**
 * Runs a test file in network and mount namespaces of its own, so that the host's real code can change interfaces, rules and forwarding
 * without touching this machine. The namespaces end with their processes: there is nothing to clean up.
 */

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const INSIDE = 'LETHE_TEST_NAMESPACE';

/** Defines the tests of the calling file inside namespaces, or one test outside that runs the file again inside. */
export function inNamespaces(moduleUrl: string, define: () => void): void {
  if (process.env[INSIDE] === '1') {
    execFileSync('ip', ['link', 'set', 'lo', 'up']);
    define();
    return;
  }
  const file = fileURLToPath(moduleUrl);
  test(`${file.slice(file.lastIndexOf('/') + 1)} in namespaces of its own`, async () => {
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const args = ['--net', '--mount', process.execPath, '--disable-warning=ExperimentalWarning', file];
    const child = spawn('unshare', args, { env: { ...env, [INSIDE]: '1' }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    const code = await new Promise((resolve) => child.on('close', resolve));
    assert.equal(code, 0, output);
  });
}
