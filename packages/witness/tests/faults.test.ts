/**
 * A disk that fails at a step of remembering: without having done it, or having done it all the same. Nothing is signed then, and
 * whatever the disk holds, what is signed later fits what had left before.
 */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FAULTS, faulty } from './support/faulty-storage.ts';
import { TestLog } from './support/test-log.ts';
import { getCheckpoint, post, Said, start, tempDir } from './support/witnesses.ts';

const trunk = await TestLog.create('log.example', 3);
const branches = [trunk.fork(3).grow(4, 'a'), trunk.fork(3).grow(6, 'b')] as const;

describe('a step fails', () => {
  for (const fault of FAULTS) {
    test(`${fault.step}, ${fault.when === 'before' ? 'not done' : 'done all the same'}`, async (t) => {
      const [a, b] = branches;
      const dir = tempDir(t);
      const troubles: string[] = [];
      const witness = await start(t, dir, [trunk], {
        onTrouble: (trouble) => troubles.push(trouble),
        storage: (disk) =>
          faulty(disk, { ...fault, nth: 2 }, () => {
            throw Object.assign(new Error('I/O error'), { code: 'EIO' });
          }),
      });
      const said = new Said();
      const ask = async (url: string, branch: TestLog, old: number): Promise<number> => {
        const { status } = await post(url, await branch.body(old));
        if (status === 200) said.add(branch);
        return status;
      };
      assert.equal(await ask(witness.url, trunk, 0), 200);
      assert.equal(await ask(witness.url, a, 3), 503);
      assert.deepEqual(troubles, ['storage']);

      // The disk is asked what it holds, and that is what both branches are measured by.
      const done = fault.step === 'syncDirectory' || (fault.step === 'rename' && fault.when === 'after');
      await said.addServed((await getCheckpoint(witness.url, 'log.example')).text, witness.vkey, branches);
      assert.equal(await ask(witness.url, b, 3), done ? 409 : 200);
      assert.equal(await ask(witness.url, a, 3), 409);
      assert.equal(await ask(witness.url, done ? a : b, done ? a.size : b.size), 200);
      await witness[Symbol.asyncDispose]();

      const again = await start(t, dir, [trunk]);
      await said.addServed((await getCheckpoint(again.url, 'log.example')).text, again.vkey, branches);
      assert.equal(await ask(again.url, b, 3), 409);
      said.assertOneHistory();
    });
  }

  test('reading: neither signed nor served, until it works again', async (t) => {
    let broken = false;
    const { url } = await start(t, tempDir(t), [trunk], {
      storage: (disk) => ({
        ...disk,
        read: async (name) => {
          if (broken) throw new Error('I/O error');
          return disk.read(name);
        },
      }),
    });
    broken = true;
    assert.equal((await post(url, await trunk.body(0))).status, 503);
    assert.equal((await getCheckpoint(url, 'log.example')).status, 503);
    broken = false;
    assert.equal((await post(url, await trunk.body(0))).status, 200);
  });
});
