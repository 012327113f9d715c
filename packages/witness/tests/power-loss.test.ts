/**
 * The power goes, or the process is killed or its disk fails and later the power goes: at every step, with every choice of what
 * survives that POSIX allows. A kill alone never shows a missing fsync, since the kernel keeps what was written.
 */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fromUtf8 } from '@lethe/core';
import { cosignatureVerifier, ed25519Verifier, formatVkey } from '@lethe/tlog';
import { openKey } from '../src/key.ts';
import { Checkpoints, logId } from '../src/state.ts';
import type { Storage } from '../src/storage.ts';
import { Witness } from '../src/witness.ts';
import { FAULTS, faulty } from './support/faulty-storage.ts';
import { TestLog } from './support/test-log.ts';
import { LOSSES, VolatileDisk } from './support/volatile-disk.ts';
import { NAME, Said } from './support/witnesses.ts';

const trunk = await TestLog.create('log.example', 3);
const branches = [trunk.fork(3).grow(4, 'a'), trunk.fork(3).grow(6, 'b')] as const;

/** A witness on a disk, as `startWitness` makes it. */
async function open(storage: Storage): Promise<{ witness: Witness; vkey: string }> {
  const key = await openKey(storage, NAME);
  const checkpoints = new Checkpoints(storage, await cosignatureVerifier(key.key));
  await checkpoints.checkAll();
  const logs = new Map([[trunk.key.name, [await ed25519Verifier(trunk.key)]]]);
  const context = { key, checkpoints, clock: { now: Date.now }, onTrouble: () => {} };
  return { witness: new Witness(logs, context), vkey: formatVkey(key.key) };
}

/** The end of the write at this step; what becomes of the process is for the test to say. */
const cutOff = (): never => {
  throw new Error('The write is cut off.');
};

const ENDS = [
  ...LOSSES.map((loss) => ({
    what: `power loss that keeps ${loss}`,
    of: (disk: VolatileDisk) => disk.afterPowerLoss(loss),
  })),
  { what: 'kill', of: (disk: VolatileDisk) => disk.afterKill() },
];

/** The step fails once, and the process goes on. */
const FAILURE = { what: 'failure', of: (disk: VolatileDisk) => disk };

describe('what left fits together, and nothing is damaged', () => {
  for (const fault of FAULTS)
    for (const end of [...ENDS, FAILURE])
      test(`${end.what} ${fault.when} ${fault.step}, then power loss`, async () => {
        for (const second of LOSSES) {
          const [a, b] = branches;
          const said = new Said();
          const ask = async (witness: Witness, branch: TestLog, old: number): Promise<number> => {
            const { status } = await witness.add(await branch.body(old));
            if (status === 200) said.add(branch);
            return status;
          };
          const serve = async ({ witness, vkey }: { witness: Witness; vkey: string }): Promise<void> => {
            const answer = await witness.latest(logId('log.example'));
            assert.equal(answer.status, 200);
            await said.addServed(fromUtf8(answer.body as Uint8Array), vkey, branches);
          };

          const disk = new VolatileDisk();
          const first = await open(faulty(disk, { ...fault, nth: 2 }, cutOff));
          assert.equal(await ask(first.witness, trunk, 0), 200);
          assert.equal(await ask(first.witness, a, 3), 503);

          const afterFirst = end.of(disk);
          await serve(end === FAILURE ? first : await open(afterFirst));

          const afterSecond = afterFirst.afterPowerLoss(second);
          const third = await open(afterSecond);
          await ask(third.witness, b, 3);
          await ask(third.witness, a, 3);
          await serve(third);

          const last = await open(afterSecond.afterPowerLoss(second));
          await serve(last);
          said.assertOneHistory();
        }
      });
});

test('a witness that has ended writes nothing any more, also for a request that came before', async () => {
  const disk = new VolatileDisk();
  const { witness } = await open(disk);
  const before = witness.add(await trunk.body(0));
  await witness.end();
  assert.equal((await before).status, 503, 'its signature was still being verified');
  assert.equal((await witness.add(await trunk.body(0))).status, 503);
  assert.deepEqual(await disk.list(), ['key']);
});

test('a witness whose first start is cut off has a whole key at the next, and one that told its key keeps it', async () => {
  for (const fault of FAULTS)
    for (const end of ENDS)
      for (const second of LOSSES) {
        const disk = new VolatileDisk();
        // Writes of checkpoints are counted from 1: at 0 it is the key's.
        await assert.rejects(open(faulty(disk, { ...fault, nth: 0 }, cutOff)));
        const after = end.of(disk);
        const { vkey } = await open(after);
        assert.equal((await open(after.afterPowerLoss(second))).vkey, vkey, `${end.what} ${fault.when} ${fault.step}`);
      }
});
