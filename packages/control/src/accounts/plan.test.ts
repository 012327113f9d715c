import assert from 'node:assert/strict';
import { test } from 'node:test';
import { currentPeriod } from './plan.ts';
import { sessionEnd } from './sessions.ts';

test('periods are 30 days long and follow each other from the first', () => {
  assert.equal(currentPeriod('2026-01-01', '2026-01-01'), '2026-01-01');
  assert.equal(currentPeriod('2026-01-01', '2026-01-30'), '2026-01-01');
  assert.equal(currentPeriod('2026-01-01', '2026-01-31'), '2026-01-31');
  assert.equal(currentPeriod('2026-01-01', '2027-01-01'), '2026-12-27');
  assert.equal(currentPeriod('2026-01-02', '2026-01-01'), '2026-01-02', 'a clock that went back changes nothing');
});

test('all sessions of a month end on the same day', () => {
  assert.equal(sessionEnd('2026-01-01'), '2026-03-01');
  assert.equal(sessionEnd('2026-01-31'), '2026-03-01');
  assert.equal(sessionEnd('2026-11-21'), '2027-01-01');
  assert.equal(sessionEnd('2026-12-31'), '2027-02-01');
});
