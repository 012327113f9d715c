import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ExitWatch } from './exit-watch.ts';
import { identify } from './process-identity.ts';

test('each end is told once, to those who still watch', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const watch = new ExitWatch();
  const told: string[] = [];
  const self = identify(process.pid);
  watch.add('alive', self, () => told.push('alive'));
  watch.add('ended', { pid: process.pid, startTime: '1' }, () => told.push('ended'));
  watch.add('never-was', null, () => told.push('never-was'));
  watch.add('stopped', null, () => told.push('stopped'))();
  watch.add('forgotten', null, () => told.push('forgotten'));
  watch.forget('forgotten');
  assert.equal(told.length, 0);
  t.mock.timers.tick(1000);
  t.mock.timers.tick(5000);
  assert.equal(told.join(), 'ended,never-was');
  watch.add('later', null, () => told.push('later'));
  watch.clear();
  t.mock.timers.tick(5000);
  assert.equal(told.join(), 'ended,never-was');
});
