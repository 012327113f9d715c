import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { InFlight } from './in-flight.ts';
import { forgetDrawnIds, randomIds } from './random-id.ts';

const question = (index: number): Buffer => Buffer.from(`question number ${index}`);

test('the table does what a list of waiting queries would, and forgets each', () => {
  const steps = fc.array(fc.tuple(fc.boolean(), fc.nat()), { maxLength: 120 });
  fc.assert(
    fc.property(steps, (list) => {
      const table = new InFlight<string>(8, 3, randomIds());
      const open: { slot: number; upstream: number; id: number; bytes: Buffer }[] = [];
      for (const [opens, number] of list) {
        if (opens && !table.full) {
          const upstream = number % 3;
          const bytes = question(number);
          const slot = table.open(upstream, bytes, 0, bytes.length);
          table.client[slot] = `client ${number}`;
          open.push({ slot, upstream, id: table.id[slot]!, bytes });
        } else if (open.length > 0) {
          const [closed] = open.splice(number % open.length, 1);
          table.close(closed!.slot);
          assert.equal(table.find(closed!.upstream, closed!.id), -1);
        }
        assert.equal(table.size, open.length);
        assert.equal(table.full, open.length === 8);
        assert.equal(table.oldest, open[0]?.slot ?? -1);
        for (const { slot, upstream, id, bytes } of open) {
          assert.equal(table.find(upstream, id), slot);
          assert.deepEqual(table.questions.subarray(table.questionStart(slot), table.questionEnd(slot)), bytes);
        }
        assert.deepEqual(
          table.of(1),
          open.filter(({ upstream }) => upstream === 1).map(({ slot }) => slot),
        );
      }
      for (const { slot } of open) table.close(slot);
      assert.ok(table.questions.every((byte) => byte === 0));
      assert.ok(table.client.every((client) => client === null));
    }),
  );
});

test('an id that is taken is drawn again, and each socket has ids of its own', () => {
  const drawn = [7, 7, 7, 9, 7];
  const table = new InFlight<null>(4, 2, () => drawn.shift()!);
  const first = table.open(0, question(1), 0, 3);
  const second = table.open(0, question(2), 0, 3);
  const third = table.open(1, question(3), 0, 3);
  assert.deepEqual([table.id[first], table.id[second], table.id[third]], [7, 9, 7]);
  assert.equal(table.find(1, 7), third);
});

test('a full table opens nothing', () => {
  const table = new InFlight<null>(1, 1, randomIds());
  table.open(0, question(1), 0, 3);
  assert.throws(() => table.open(0, question(2), 0, 3), RangeError);
  table.close(table.oldest);
  assert.doesNotThrow(() => table.open(0, question(2), 0, 3));
});

test('random ids use the whole range', () => {
  const next = randomIds();
  const seen = new Set(Array.from({ length: 20_000 }, next));
  // 20,000 draws from 65,536 leave about 17,250 different ones; a counter or a short cycle leaves another number.
  assert.ok(seen.size > 16_500 && seen.size < 18_000, `${seen.size} different ids`);
  assert.ok(Math.max(...seen) > 65_000 && Math.min(...seen) < 500);
});

test('what was drawn before a copy was made is used by nobody', () => {
  let draws = 0;
  const next = randomIds((pool) => {
    draws += 1;
    pool.fill(draws);
  });
  assert.deepEqual([next(), next()], [1, 1]);
  forgetDrawnIds();
  assert.deepEqual([next(), next()], [2, 2]);
  forgetDrawnIds();
  assert.equal(next(), 3);
});
