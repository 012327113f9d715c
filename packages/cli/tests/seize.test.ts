/**
 * The seizure drill on a real server, in a container: first with a server that is not told to forget, which the drill must notice; then
 * on the same server as its owner's, as it should be. On microvm it is the same code; `lethe seize --fresh --engine microvm` takes some
 * minutes.
 */

import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import type { DrillReport, StageReport } from '@lethe/audit';
import { SITE } from '@lethe/testkit';
import { withDrillServer } from '../src/actions/seize.ts';
import { lethe } from './harness.ts';

const options = { skip: process.geteuid?.() === 0 ? false : 'needs root', timeout: 580_000 };
/** Four bytes of an address that the drill draws by lot: any program may have them somewhere, which is what a baseline is for. */
const BY_CHANCE = /^packed(-reversed)?$/;
const silent = { step() {}, detail() {}, done() {}, note() {}, fail() {} };

test('a server that does not forget is found out; its owner’s, told to forget, passes', options, async () => {
  await withDrillServer('container', silent, async (drillOnce, { net, service, owner, id }) => {
    // It forgets in the end, so that the second drill begins with nothing.
    const kept = await drillOnce(({ forget }) => ({ forget: async () => {}, end: forget }));
    assert.equal(kept.ok, false);
    assert.match(kept.failures.join(), /^forgotten: \d+ hits above the baseline$/);
    everythingSeen(kept);

    const before = await net.exec('host', 'ip', ['-j', 'address']);
    const devices = await owner.lethe('device', 'list');
    const here = ['seize', id, '--data', service.dataDir, '--zone', SITE.wildcard];
    const own = await owner.verdict<DrillReport>([0, 1], ...here, '--yes');
    assert.deepEqual(own.failures, []);
    assert.equal(own.ok, true);
    everythingSeen(own);
    assert.deepEqual(own.notShown, ['host-buffers', 'shared-kernel', 'host-kernel-log']);
    assert.deepEqual(await owner.lethe('device', 'list'), devices, 'the drill’s devices are gone');
    assert.equal((await net.exec('host', 'ip', ['-j', 'address'])).stdout, before.stdout, 'and so is its network');

    for (const [args, message] of [
      [here, /--yes/],
      [['seize', id, '--data', net.directory, '--yes'], /no service/],
      [['seize', 'nobody', '--data', service.dataDir, '--yes'], /no server/i],
    ] as const)
      await assert.rejects(owner.lethe(...args), { message });
  });
});

/** Every marker was there while the devices were connected, where the inventory says so, and nothing before. */
function everythingSeen({ stages }: DrillReport): void {
  const [baseline, connected, left] = stages as [StageReport, StageReport, StageReport];
  // The host's files may hold an address of the test internet before: this checkout does, if it lies below /tmp.
  assert.deepEqual(
    baseline.where.filter(({ source, encoding }) => source.startsWith('machine: ') && !BY_CHANCE.test(encoding)),
    [],
  );
  assert.deepEqual(baseline.unread, []);
  const seen = new Set(connected.where.map(({ marker }) => marker));
  const all = ['client', 'client6', 'destination', 'destination6', 'dns', 'host', 'sni', 'udp'];
  assert.deepEqual([...seen].toSorted(), all);
  assert.ok(left.aboveBaseline > 0, 'what a device did is there until the server forgets');
  assert.deepEqual([connected.undeclared, left.undeclared], [[], []]);
}

test('what cannot be drilled is refused with what to do', async () => {
  for (const [args, code] of [
    [['--fresh', '--engine', 'docker'], 'unknown_engine'],
    [['home', '--fresh'], 'bad_request'],
    [[], 'bad_request'],
    [['home', '--engine', 'microvm'], 'bad_request'],
    [['home', '--zone', 'two words'], 'bad_request'],
    [['home', '--data', tmpdir()], process.geteuid?.() === 0 ? 'bad_request' : 'not_root'],
  ] as const) {
    const answer = await lethe(['seize', ...args, '--json'], { cwd: tmpdir() });
    assert.notEqual(answer.code, 0);
    assert.equal((answer.json()['error'] as { code: string }).code, code, args.join(' '));
  }
});
