/** Ctrl-C in the middle of `lethe demo`: the service is stopped, what was not tried is said, and nothing is left. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

test('an interrupted demo stops its service and leaves nothing', async () => {
  const args = ['--disable-warning=ExperimentalWarning', MAIN, 'demo', '--engine', 'container', '--json'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  let record: RunningNet = { id: '', pid: 0 };
  const code = await new Promise<number | null>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said.stderr += text;
      if (record.id !== '' || !said.stderr.includes('✓ Get a server')) return;
      record = records().find((one) => one.pid === child.pid) ?? record;
      child.kill('SIGINT');
    });
    child.once('close', resolve);
  });
  assert.notEqual(record.id, '', `it never got to a server: ${said.stderr}`);
  assert.equal(code, 1);
  const { ok, steps } = JSON.parse(said.stdout) as { ok: boolean; steps: { id: string; ok: boolean }[] };
  assert.equal(ok, false);
  const last = steps.at(-1)!;
  assert.deepEqual([last.id, last.ok], ['stop', true], said.stderr);
  assert.deepEqual(
    records().filter((one) => one.id === record.id),
    [],
  );
  assert.deepEqual(
    readdirSync('/run/netns').filter((name) => name.includes(record.id)),
    [],
  );
});

interface RunningNet {
  id: string;
  pid: number;
}

/** What test internets exist. One may be removed while they are read. */
function records(): RunningNet[] {
  return readdirSync('/run/lethe-testkit').flatMap((name) => {
    try {
      return [JSON.parse(readFileSync(`/run/lethe-testkit/${name}`, 'utf8')) as RunningNet];
    } catch {
      return [];
    }
  });
}
