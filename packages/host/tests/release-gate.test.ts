/** The gate of a host: no machine without an approved release, across restarts, rollbacks, splits and damage. */

import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ProofService } from '@lethe/control/proof/service';
import type { ReleaseMessage } from '@lethe/core';
import type { ReleaseContent } from '@lethe/verify';
import { ReleaseGate } from '../src/release/gate.ts';

const CONTENT: ReleaseContent = {
  image: 'ab'.repeat(32),
  files: [{ path: '/etc/unbound/unbound.conf', text: 'server:\n' }],
  sysctls: [],
  processes: [],
  egress: [],
  policyVersion: 1,
};
const DAY = 86_400_000;

let directory: string;
let time = Date.now();
const clock = { now: () => time };

const startProof = (content = CONTENT, at = directory): Promise<ProofService> =>
  ProofService.start({
    dataDir: join(at, 'proof'),
    publicDir: join(at, 'log'),
    headsDir: join(at, 'heads'),
    host: 'lethe.example',
    content,
    clock,
  });

/** The first release, the second, and the second with a newer proof, as the control plane sends them. */
let first: ReleaseMessage;
let second: ReleaseMessage;
let secondForNew: ReleaseMessage;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lethe-gate-'));
  let proof = await startProof();
  first = (await proof.since({ size: 0, release: 0 }))!;
  await proof.stop();
  proof = await startProof({ ...CONTENT, image: 'cd'.repeat(32) });
  second = (await proof.since({ size: 2, release: 1 }))!;
  secondForNew = (await proof.since({ size: 0, release: 0 }))!;
  await proof.stop();
});
after(() => rm(directory, { recursive: true, force: true }));

let gates = 0;
interface Gate {
  gate: ReleaseGate;
  file: string;
  accepted: { size: number; release: number }[];
}
async function open(content: ReleaseContent | null = CONTENT, file?: string): Promise<Gate> {
  gates += 1;
  const at = file ?? join(directory, `release-${gates}.json`);
  const accepted: Gate['accepted'] = [];
  const gate = await ReleaseGate.open({
    file: at,
    content,
    region: 'home',
    clock,
    onAccepted: (seen) => accepted.push(seen),
  });
  return { gate, file: at, accepted };
}
const refused = { failure: 'not_released' };

test('without a release nothing starts; with one that says what would run, it does', async () => {
  const { gate, accepted } = await open();
  await assert.rejects(gate.requireReleased(), refused);
  gate.receive(first);
  await gate.requireReleased();
  assert.deepEqual(accepted, [{ size: 2, release: 1 }]);
});

test('another image or another configuration does not start', async () => {
  for (const content of [
    { ...CONTENT, image: 'cd'.repeat(32) },
    { ...CONTENT, files: [{ path: '/etc/unbound/unbound.conf', text: 'server:\n\tlog-queries: yes\n' }] },
    { ...CONTENT, processes: ['/usr/bin/tcpdump'] },
  ]) {
    const { gate } = await open(content);
    gate.receive(first);
    await assert.rejects(gate.requireReleased(), refused);
  }
});

test('a release with a changed byte is refused, and the one before stays in force', async () => {
  const { gate, accepted } = await open();
  gate.receive(first);
  const changed = second.release.envelope.replace('"sig":"', '"sig":"A');
  gate.receive({ ...second, release: { ...second.release, envelope: changed } });
  gate.receive({ ...second, consistency: [] });
  gate.receive({ ...second, roots: [] });
  await gate.requireReleased();
  assert.equal(accepted.length, 1);
});

test('the next release replaces the first, and the first never comes back', async () => {
  const next = { ...CONTENT, image: 'cd'.repeat(32) };
  const { gate, file } = await open(next);
  gate.receive(first);
  gate.receive(second);
  await gate.requireReleased();
  gate.receive(first);
  await gate.requireReleased();
  const old = await open(CONTENT, file);
  old.gate.receive(first);
  await assert.rejects(old.gate.requireReleased(), refused);
  assert.deepEqual(old.gate.seen, { size: 3, release: 2 });
});

test('a restart asks nobody, but does not bring back what witnesses saw too long ago', async () => {
  const { gate, file } = await open();
  gate.receive(first);
  await gate.requireReleased();
  await (await open(CONTENT, file)).gate.requireReleased();
  const now = time;
  try {
    time = now + 8 * DAY;
    await gate.requireReleased(); // It runs on: the release itself has not expired.
    await assert.rejects((await open(CONTENT, file)).gate.requireReleased(), refused);
    time = now + 31 * DAY;
    await assert.rejects(gate.requireReleased(), refused, 'expired');
  } finally {
    time = now;
  }
});

test('a log that began anew is refused by a host that has seen another', async () => {
  const { gate } = await open();
  gate.receive(first);
  const elsewhere = join(directory, 'elsewhere');
  const other = await startProof(CONTENT, elsewhere);
  const message = (await other.since({ size: 2, release: 1 }))!;
  await other.stop();
  gate.receive({ ...message, policy: message.policy });
  await gate.requireReleased();
  assert.deepEqual(gate.seen, { size: 2, release: 1 });
  const { gate: fresh, accepted } = await open();
  fresh.receive(message);
  await fresh.requireReleased();
  assert.equal(accepted.length, 1);
});

test('a fresh host takes the newest release at once', async () => {
  const { gate } = await open({ ...CONTENT, image: 'cd'.repeat(32) });
  gate.receive(secondForNew);
  await gate.requireReleased();
});

test('a damaged file stops the start and stays as it is', async () => {
  const { gate, file } = await open();
  gate.receive(first);
  await gate.requireReleased();
  const copy = join(directory, 'damaged.json');
  await cp(file, copy);
  const text = await readFile(copy, 'utf8');
  await writeFile(copy, text.slice(0, -10));
  await assert.rejects(open(CONTENT, copy), { code: 'bad_release' });
  assert.equal((await readFile(copy, 'utf8')).length, text.length - 10);
  // A well-formed file in which a document was changed is no release.
  await writeFile(copy, text.replace(/"version":1/, '"version":2'));
  await assert.rejects((await open(CONTENT, copy)).gate.requireReleased(), refused);
});

test('a host without a log asks for none', async () => {
  const { gate } = await open(null);
  assert.equal(gate.seen, undefined);
  await gate.requireReleased();
});
