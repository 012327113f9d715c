import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge, STAGES, type Stage, type StageReport } from './drill.ts';

const stage = (name: Stage, change: Partial<StageReport> = {}): StageReport => ({
  stage: name,
  hits: 0,
  aboveBaseline: name === 'connected' ? 5 : 0,
  undeclared: [],
  bytes: 1000,
  where: [],
  unread: [],
  ...change,
});
const run = (change: Partial<Record<Stage, Partial<StageReport>>> = {}): StageReport[] =>
  STAGES.map((name) => stage(name, change[name]));

test('a drill that saw its markers and lost them passes', () => assert.deepEqual(judge(run(), true), []));

test('whatever is found after forgetting fails, in the machine or on the host', () => {
  for (const name of ['forgotten', 'host'] as const)
    assert.match(judge(run({ [name]: { aboveBaseline: 1 } }), true).join(), new RegExp(`^${name}: 1 hits`));
  assert.deepEqual(judge(run({ left: { aboveBaseline: 9 } }), true), [], 'before that it is declared');
});

test('a trace where the inventory declares none fails at any stage', () => {
  for (const name of STAGES)
    assert.match(
      judge(run({ [name]: { undeclared: ['dns as text in host: file /var/log/x'] } }), true).join(),
      /\/var\/log\/x/,
    );
});

test('a blind drill is not tested, and so is one with a place it could not read or a stage it did not reach', () => {
  assert.match(judge(run(), false).join(), /planted marker/);
  assert.match(judge(run({ connected: { aboveBaseline: 0 } }), true).join(), /nothing was found/);
  assert.match(judge(run({ host: { unread: ['a'] } }), true).join(), /could not be read/);
  assert.match(judge(run({ forgotten: { bytes: 0 } }), true).join(), /nothing was read/);
  assert.match(judge(run().slice(0, 4), true).join(), /no stage host/);
});
