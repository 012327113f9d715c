import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attempts } from './attempts.ts';

const times = (work: () => boolean): number => Array.from({ length: 40 }, work).filter(Boolean).length;

test('each requester has its own share of mails to an address, and an address has one for all', () => {
  let now = 0;
  const { mayMail } = attempts({ now: () => now });
  const shares = ['r1', 'r2', 'r1', 'r3', 'r4'].map((requester) => times(() => mayMail('a@example.com', requester)));
  assert.deepEqual(shares, [5, 5, 0, 5, 0]);
  assert.equal(
    times(() => mayMail('b@example.com', 'r1')),
    5,
  );
  now += 600_000;
  assert.equal(
    times(() => mayMail('a@example.com', 'r1')),
    5,
  );
});

test('wrong codes count for the one who tried them', () => {
  let now = 0;
  const { mayTry, failed } = attempts({ now: () => now });
  const tries = (requester: string): number =>
    times(() => {
      if (!mayTry('a@example.com', requester)) return false;
      failed('a@example.com', requester);
      return true;
    });
  assert.deepEqual([tries('stranger'), tries('customer'), tries('stranger')], [5, 5, 0]);
  now += 600_000;
  assert.equal(tries('stranger'), 5);
});
