import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { lockDataDirectory } from './lock.ts';

const LOCK_FOR_EVER = `const { lockDataDirectory } = await import(process.argv[1]); await lockDataDirectory(process.argv[2]); console.log('held'); setInterval(() => {}, 1000);`;

test('a second service on the same directory is refused, and a killed one lets go', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'lethe-lock-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const first = await lockDataDirectory(dir);
  await assert.rejects(lockDataDirectory(dir), { code: 'already_running' });
  first.release();

  const other = spawn(
    process.execPath,
    ['--input-type=module', '-e', LOCK_FOR_EVER, import.meta.resolve('./lock.ts'), dir],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  await once(other.stdout, 'data');
  await assert.rejects(lockDataDirectory(dir), { code: 'already_running' });
  other.kill('SIGKILL');
  await once(other, 'exit');
  const again = await retry(() => lockDataDirectory(dir));
  again.release();
});

async function retry<T>(attempt: () => Promise<T>): Promise<T> {
  for (let left = 50; ; left -= 1) {
    try {
      return await attempt();
    } catch (error) {
      if (left === 0) throw error;
      await sleep(50);
    }
  }
}
