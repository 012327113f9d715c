import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import type { DriftKind, HostToControl } from '@lethe/core';
import { Reports } from './reports.ts';

const ID = 'a'.repeat(32);

function recorder(): { reports: Reports; take(): HostToControl[] } {
  const said: HostToControl[] = [];
  return { reports: new Reports((message) => said.push(message)), take: () => said.splice(0) };
}

test('stages only go up within a birth, and are said once', () => {
  const { reports, take } = recorder();
  reports.begin(ID);
  for (const stage of ['booting', 'tunnel', 'network', 'tunnel', 'ready', 'resolver'] as const)
    reports.stage(ID, stage);
  const stages = take().map((message) => message.type === 'stage' && message.stage);
  assert.deepEqual(stages, ['machine', 'booting', 'tunnel', 'ready']);
});

test('what failed and works again is said with the stage that was reached', () => {
  const { reports, take } = recorder();
  reports.stage(ID, 'ready');
  reports.failed(ID, 'list_refused');
  reports.failed(ID, 'list_refused');
  reports.mended(ID);
  reports.mended(ID);
  assert.deepEqual(take(), [
    { type: 'stage', server: ID, stage: 'ready' },
    { type: 'failed', server: ID, failure: 'list_refused' },
    { type: 'stage', server: ID, stage: 'ready' },
  ]);
});

test('a server that kept failing counts as failed until it is ready', () => {
  const { reports, take } = recorder();
  reports.failed(ID, 'engine_timeout');
  reports.begin(ID);
  reports.stage(ID, 'booting');
  assert.deepEqual(take(), [{ type: 'failed', server: ID, failure: 'engine_timeout' }]);
  reports.stage(ID, 'ready');
  assert.deepEqual(take(), [{ type: 'stage', server: ID, stage: 'ready' }]);
  reports.failed(ID, 'port_in_use');
  reports.begin(ID);
  assert.deepEqual(take().at(-1), { type: 'stage', server: ID, stage: 'machine' });
});

test('counters of lists only go up', () => {
  const { reports, take } = recorder();
  for (const counter of [2, 1, 2, 3]) reports.applied(ID, counter);
  assert.deepEqual(
    take().map((message) => message.type === 'applied' && message.counter),
    [2, 3],
  );
});

test('after a new connection everything that still holds is said, and nothing of servers that are gone', () => {
  const { reports, take } = recorder();
  const enrolment = { server: ID, token: 't', nodeKey: 'n', wireguardKey: 'w', signature: 's' };
  reports.stage(ID, 'booting');
  reports.applied(ID, 4);
  reports.enrol(enrolment);
  reports.enrol(enrolment);
  reports.stage('b'.repeat(32), 'ready');
  reports.gone('b'.repeat(32));
  assert.equal(take().filter((message) => message.type === 'enrol').length, 1);
  reports.sayAgain();
  assert.deepEqual(take(), [
    { type: 'enrol', enrolment },
    { type: 'applied', server: ID, counter: 4 },
    { type: 'stage', server: ID, stage: 'booting' },
  ]);
  reports.enrolled(ID);
  reports.failed(ID, 'engine_failed');
  take();
  reports.sayAgain();
  assert.deepEqual(
    take().map((message) => message.type),
    ['applied', 'failed'],
  );
});

test('what is seen from inside and from outside of a server is said as one, when it changes and at a new connection', () => {
  const { reports, take } = recorder();
  reports.outside(ID, ['agent_silent']);
  reports.inside(ID, ['process']);
  reports.inside(ID, ['process']);
  reports.outside(ID, []);
  const said = (...kinds: DriftKind[]) => ({ type: 'drift', server: ID, kinds });
  assert.deepEqual(take(), [said('agent_silent'), said('process', 'agent_silent'), said('process')]);
  reports.inside(ID, []);
  take();
  reports.sayAgain();
  assert.deepEqual(take(), [said()]);
});

test('a server that is well is said to be well once', () => {
  const { reports, take } = recorder();
  reports.inside(ID, []);
  reports.outside(ID, []);
  assert.deepEqual(take(), [{ type: 'drift', server: ID, kinds: [] }]);
});

test('what forgetting mends is said to be gone when the day ends, not when the devices left', () => {
  mock.timers.enable({ apis: ['Date'], now: Date.UTC(2026, 0, 5, 12) });
  try {
    const { reports, take } = recorder();
    reports.inside(ID, ['process', 'file']);
    reports.hold(ID);
    reports.inside(ID, []);
    reports.inside(ID, ['interface']);
    reports.hold(ID);
    reports.inside(ID, []);
    reports.outside(ID, []);
    const said = (...kinds: DriftKind[]) => ({ type: 'drift', server: ID, kinds });
    assert.deepEqual(take(), [said('process', 'file'), said('process', 'interface', 'file')]);
    mock.timers.setTime(Date.UTC(2026, 0, 6));
    reports.outside(ID, []);
    assert.deepEqual(take(), [said()]);
  } finally {
    mock.timers.reset();
  }
});
