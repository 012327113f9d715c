/** `lethe demo` as a stranger would run it, with each engine: every step as promised, and nothing left on the machine. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { ENGINE_KINDS } from '@lethe/core';
import { LETHE } from '../src/demo/service.ts';

const run = promisify(execFile);
const LIMIT_MS = 580_000;

/** What scripts may rely on: ids and their order are part of the command's contract. */
const STEPS =
  'start signup server verify device-ipv4 device-ipv6 resolve fetch-ipv4 fetch-ipv6 status filter forget second-customer remove-device restart evidence close-account stop'.split(
    ' ',
  );

for (const engine of ENGINE_KINDS) {
  test(`the whole story on ${engine}`, async () => {
    const [command, ...args] = LETHE;
    const { stdout, stderr } = await run(command, [...args, 'demo', '--engine', engine, '--json'], {
      timeout: LIMIT_MS,
    }).catch((error: Error & { stdout: string; stderr: string }) => error);
    const result = JSON.parse(stdout) as {
      ok: boolean;
      engine: string;
      steps: { id: string; ok: boolean; ms: number }[];
    };
    assert.deepEqual(
      result.steps.filter((step) => !step.ok),
      [],
      stderr.slice(-2000),
    );
    assert.deepEqual(
      result.steps.map((step) => step.id),
      STEPS,
    );
    assert.equal(result.ok, true);
    assert.equal(result.engine, engine);
  });
}

test('an unknown engine is refused before anything is started', async () => {
  const [command, ...args] = LETHE;
  const before = readdirSync('/run');
  const failed = await run(command, [...args, 'demo', '--engine', 'docker', '--json']).catch(
    (error: Error & { stdout: string; code: number }) => error,
  );
  assert.ok('code' in failed && failed.code === 2);
  assert.equal((JSON.parse(failed.stdout) as { error: { code: string } }).error.code, 'unknown_engine');
  assert.deepEqual(readdirSync('/run'), before);
});
