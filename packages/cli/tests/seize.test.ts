/**
 * The seizure drill on a real server, in a container: first with a server that is not told to forget, which the drill must notice; then
 * as it should be. On microvm it is the same code; `lethe seize --fresh --engine microvm` takes some minutes.
 */

import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import type { StageReport } from '@lethe/audit';
import { withDrillServer } from '../src/actions/seize.ts';
import { lethe } from './harness.ts';

const options = { skip: process.geteuid?.() === 0 ? false : 'needs root', timeout: 580_000 };
const silent = { step() {}, detail() {}, done() {}, note() {}, fail() {} };

test('a server that does not forget is found out; one that does passes', options, async () => {
  const [kept, forgot] = await withDrillServer('container', silent, async (drillOnce) => [
    // It forgets in the end, so that the second drill begins with nothing.
    await drillOnce(({ forget }) => ({ forget: async () => {}, end: forget })),
    await drillOnce(),
  ]);
  assert.equal(kept!.ok, false);
  assert.match(kept!.failures.join(), /^forgotten: \d+ hits above the baseline$/);
  assert.deepEqual(forgot!.failures, []);
  assert.equal(forgot!.ok, true);
  const [baseline, connected, left] = forgot!.stages as [StageReport, StageReport, StageReport];
  // The host's files may hold an address of the test internet before: this checkout does, if it lies below /tmp.
  assert.deepEqual(
    baseline.where.filter(({ source }) => source.startsWith('machine: ')),
    [],
  );
  assert.deepEqual(baseline.unread, []);
  const seen = new Set(connected.where.map(({ marker }) => marker));
  assert.deepEqual([...seen].toSorted(), [
    'client',
    'client6',
    'destination',
    'destination6',
    'dns',
    'host',
    'sni',
    'udp',
  ]);
  assert.ok(left.aboveBaseline > 0, 'what a device did is there until the server forgets');
  assert.deepEqual([connected.undeclared, left.undeclared], [[], []]);
  assert.deepEqual(forgot!.notShown, ['host-buffers', 'shared-kernel', 'host-kernel-log']);
});

test('a wrong engine, and a server without its owner, are refused with what to do', async () => {
  const engine = await lethe(['seize', '--fresh', '--engine', 'docker', '--json'], { cwd: tmpdir() });
  assert.equal((engine.json()['error'] as { code: string }).code, 'unknown_engine');
  const server = await lethe(['seize', 'home', '--json'], { cwd: tmpdir() });
  assert.notEqual(server.code, 0);
  assert.match((server.json()['error'] as { message: string }).message, /--fresh/);
});
