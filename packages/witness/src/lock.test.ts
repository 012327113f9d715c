import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { lockDirectory } from './lock.ts';

const HOLD = `const { lockDirectory } = await import(process.argv[1]); await lockDirectory(process.argv[2]); console.log('held'); setInterval(() => {}, 1000);`;

test('the lock is held without a helper process, refused to others, and gone with a killed holder', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'lethe-witness-lock-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const first = await lockDirectory(dir);
  await assert.rejects(lockDirectory(dir), { code: 'already_running' });
  first.release();
  (await lockDirectory(dir)).release();

  const other = spawn(process.execPath, ['--input-type=module', '-e', HOLD, import.meta.resolve('./lock.ts'), dir], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = once(other, 'exit');
  t.after(() => other.kill('SIGKILL'));
  await once(other.stdout, 'data');
  await assert.rejects(lockDirectory(dir), { code: 'already_running' });
  other.kill('SIGKILL');
  await ended;
  // The kernel lets go while the process ends; on a busy machine its parent can be told first.
  let lock: { release(): void } | undefined;
  for (let left = 100; !lock; left -= 1) {
    lock = await lockDirectory(dir).catch((error) => {
      if (left === 0) throw error;
      return undefined;
    });
    await sleep(20);
  }
  lock.release();
});
