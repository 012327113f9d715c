/** A witness process killed at each step of remembering: restarted, it never contradicts what left it, and forgets nothing it gave out. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { formatVkey } from '@lethe/tlog';
import { FAULTS, type Fault } from './support/faulty-storage.ts';
import { TestLog } from './support/test-log.ts';
import { getCheckpoint, post, Said, startAgain, tempDir } from './support/witnesses.ts';

const ENTRY = fileURLToPath(new URL('support/dying-witness.ts', import.meta.url));
const trunk = await TestLog.create('log.example', 3);
const branches = [trunk.fork(3).grow(4, 'a'), trunk.fork(3).grow(6, 'b')] as const;

/** Starts a witness process that kills itself at the fault. */
async function spawnWitness(t: TestContext, dir: string, { nth, step, when }: Fault) {
  const child = spawn(process.execPath, [ENTRY, dir, formatVkey(trunk.key), String(nth), step, when], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  t.after(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const [line] = await Promise.race([
    once(child.stdout, 'data'),
    ended.then(() => assert.fail('the witness ended early')),
  ]);
  const { url, vkey } = JSON.parse(String(line)) as { url: string; vkey: string };
  return { child, ended, url, vkey };
}

describe('killed', () => {
  for (const fault of FAULTS) {
    test(`${fault.when} ${fault.step}`, async (t) => {
      const [a, b] = branches;
      const dir = tempDir(t);
      const said = new Said();
      const first = await spawnWitness(t, dir, { ...fault, nth: 2 });
      assert.equal((await post(first.url, await trunk.body(0))).status, 200);
      said.add(trunk);
      await assert.rejects(post(first.url, await a.body(3)));
      assert.deepEqual(await first.ended, [null, 'SIGKILL']);

      const second = await startAgain(t, dir, [trunk]);
      assert.equal(second.vkey, first.vkey);
      assert.ok(!readdirSync(dir).some((name) => name.endsWith('.new')), 'an unfinished file stayed');
      await said.addServed((await getCheckpoint(second.url, 'log.example')).text, second.vkey, branches);
      for (const branch of [b, a])
        for (const old of [3, branch.size])
          if ((await post(second.url, await branch.body(old))).status === 200) said.add(branch);
      await said.addServed((await getCheckpoint(second.url, 'log.example')).text, second.vkey, branches);
      said.assertOneHistory();
      // One of the two went on: the witness was not stopped by the crash either.
      assert.notEqual((await post(second.url, await trunk.body(0))).text, '3\n');
    });
  }

  test('right after it had answered', async (t) => {
    const [a, b] = branches;
    const dir = tempDir(t);
    const first = await spawnWitness(t, dir, { nth: 99, step: 'write', when: 'before' });
    assert.equal((await post(first.url, await a.body(0))).status, 200);
    first.child.kill('SIGKILL');
    await first.ended;
    const second = await startAgain(t, dir, [trunk]);
    assert.equal((await post(second.url, await b.body(0))).text, `${a.size}\n`);
    assert.equal((await post(second.url, await b.body(0))).status, 409);
    assert.equal((await post(second.url, await a.body(a.size))).status, 200);
  });
});
