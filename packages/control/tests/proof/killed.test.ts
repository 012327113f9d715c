/** The log is killed at every durable step, before and after its work, again and again on the same files. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { fsck } from '@lethe/control/proof/log/fsck';
import { Log } from '@lethe/control/proof/log/log';
import { openReader } from '@lethe/control/proof/log/read';
import { EMPTY_ROOT, proveConsistency, verifyConsistency } from '@lethe/tlog';
import { entry, logFixture, STEPS } from './fixture.ts';

const CHILD = fileURLToPath(new URL('killed-child.ts', import.meta.url));

/** Runs the child until it kills itself; returns what it said. */
function runUntilKilled(...args: string[]): Promise<string[]> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', CHILD, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (_code, signal) => {
      if (signal === 'SIGKILL') resolve(out.trim().split('\n').filter(Boolean));
      else reject(new Error('the process was not killed'));
    });
  });
}

test('killed at any durable step, no acknowledged entry is lost and no two checkpoints disagree', async () => {
  await using fixture = await logFixture();
  const published: { size: number; root: Uint8Array }[] = [];
  let acknowledged = -1;
  for (const step of STEPS) {
    for (const when of ['before', 'after'] as const) {
      for (const said of await runUntilKilled(fixture.directory, step, when, '2')) {
        const [what, number, root] = said.split(' ');
        if (what === 'acknowledged') acknowledged = Math.max(acknowledged, Number(number));
        else published.push({ size: Number(number), root: Buffer.from(root!, 'hex') });
      }
    }
  }
  const log = await Log.open(fixture.options);
  assert.ok(acknowledged >= 700, 'too little was acknowledged for this test to mean anything');
  assert.ok(log.head.size > acknowledged);
  await fixture.store.publish(log.head.note);
  const entries: string[] = [];
  await fsck(openReader(fixture.files), { onEntry: (bytes) => entries.push(Buffer.from(bytes).toString()) });
  entries.forEach((text, n) => {
    assert.equal(text, Buffer.from(entry(n)).toString());
  });
  const { size: newSize, root: newRoot } = log.head;
  for (const { size, root } of published) {
    assert.notDeepEqual(root, EMPTY_ROOT);
    const proof = await proveConsistency(log.hashes(newSize), size);
    verifyConsistency({ oldSize: size, newSize, oldRoot: root, newRoot, proof });
  }
});
