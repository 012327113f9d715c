/** Many at once: of conflicting updates exactly one is cosigned, and the history goes on from it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestLog } from './support/test-log.ts';
import { getCheckpoint, post, Said, start, tempDir } from './support/witnesses.ts';

const COUNT = 50;

test('of 50 conflicting updates at once, one is cosigned, three times over', async (t) => {
  const log = await TestLog.create('log.example', 5);
  const { url, vkey } = await start(t, tempDir(t), [log]);
  const said = new Said();
  assert.equal((await post(url, await log.body(0, 5))).status, 200);
  said.add(log);

  let trunk = log;
  for (let round = 0; round < 3; round += 1) {
    // Half of them reach the same size, the others various ones.
    const branches = Array.from({ length: COUNT }, (_, i) =>
      trunk.fork(trunk.size).grow(i % 2 === 0 ? 4 : 1 + (i % 7), `round ${round} branch ${i}`),
    );
    const answers = await Promise.all(branches.map(async (branch) => post(url, await branch.body(trunk.size))));
    const winners = branches.filter((_, i) => answers[i]!.status === 200);
    for (const winner of winners) said.add(winner);
    assert.equal(winners.length, 1);
    for (const answer of answers)
      if (answer.status !== 200)
        assert.deepEqual(answer, { status: 409, type: 'text/x.tlog.size', text: `${winners[0]!.size}\n` });
    await said.addServed((await getCheckpoint(url, 'log.example')).text, vkey, branches);
    trunk = winners[0]!;
  }
  said.assertOneHistory();
});

test('what many readers are served while the log grows is one history', async (t) => {
  const log = await TestLog.create('log.example', 60);
  const { url, vkey } = await start(t, tempDir(t), [log]);
  await post(url, await log.body(0, 1));
  const said = new Said();
  let growing = true;
  const read = async (): Promise<void> => {
    while (growing) await said.addServed((await getCheckpoint(url, 'log.example')).text, vkey, [log]);
  };
  const readers = read();
  for (let size = 1; size < 30; size += 1) assert.equal((await post(url, await log.body(size, size + 1))).status, 200);
  growing = false;
  await readers;
  said.assertOneHistory();
});

test('logs do not wait for each other', async (t) => {
  const [slow, quick] = [await TestLog.create('slow.example', 3), await TestLog.create('quick.example', 3)];
  const { promise, resolve } = Promise.withResolvers<void>();
  let first = true;
  const { url } = await start(t, tempDir(t), [slow, quick], {
    storage: (disk) => ({
      ...disk,
      sync: async (name) => {
        if (name.includes('.checkpoint') && first) {
          first = false;
          await promise;
        }
        return disk.sync(name);
      },
    }),
  });
  const waiting = post(url, await slow.body(0));
  while (first) await new Promise((done) => setTimeout(done, 5));
  assert.equal((await post(url, await quick.body(0))).status, 200);
  resolve();
  assert.equal((await waiting).status, 200);
});
