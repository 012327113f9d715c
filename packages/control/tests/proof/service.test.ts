/** The proof plane as a whole: first start, renewal, two persons, restart; everything verified from its public files alone. */

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fsck } from '@lethe/control/proof/log/fsck';
import { openReader } from '@lethe/control/proof/log/read';
import { ProofService } from '@lethe/control/proof/service';
import { newSigningSeed, type Secret, signingPublicKey, toBase64Url } from '@lethe/core';
import { formatVkey, noteKey, parsePolicy, parseVkey, readyPolicy } from '@lethe/tlog';
import {
  addSignature,
  openFirstRoot,
  type ReleaseContent,
  type ReleaseDocument,
  rejectionEnvelope,
  releaseEnvelope,
  trustRootEnvelope,
  type VerifiedRelease,
  verifyRelease,
  walkRoots,
} from '@lethe/verify';
import { startWitness } from '@lethe/witness';

const START = Date.UTC(2026, 10, 1);
const DAY = 86_400_000;

const CONTENT: ReleaseContent = {
  image: 'ab'.repeat(32),
  files: [{ path: '/etc/unbound/unbound.conf', text: 'server:\n' }],
  sysctls: [{ name: 'net/ipv4/tcp_no_metrics_save', value: '1' }],
  processes: ['/usr/sbin/unbound'],
  egress: ['udp 53 *'],
  policyVersion: 1,
};

class Place implements AsyncDisposable {
  readonly directory: string;
  time = START;
  content = CONTENT;
  private constructor(directory: string) {
    this.directory = directory;
  }
  static async make(): Promise<Place> {
    return new Place(await mkdtemp(join(tmpdir(), 'lethe-proof-')));
  }
  get publicDir(): string {
    return join(this.directory, 'log');
  }
  start(): Promise<ProofService> {
    return ProofService.start({
      dataDir: join(this.directory, 'proof'),
      publicDir: this.publicDir,
      headsDir: join(this.directory, 'heads'),
      host: 'lethe.example',
      content: this.content,
      clock: { now: () => this.time },
    });
  }
  /** As a stranger with the policy and the public files verifies the newest release. */
  async verify(pinned?: Uint8Array): Promise<VerifiedRelease & { mode: string }> {
    const file = (path: string): Promise<Buffer> => readFile(join(this.publicDir, path));
    const newest = JSON.parse(String(await file('newest.json'))) as { root: number; release: number };
    const pair = async (path: string) => ({ envelope: await file(path), proof: await file(`${path}.tlog-proof`) });
    const roots = await Promise.all(
      Array.from({ length: newest.root }, async (_, i) => ({
        ...(await pair(`root/${i + 1}.json`)),
        firstProof: await file(`root/${i + 1}.json.first.tlog-proof`),
      })),
    );
    const policy = await readyPolicy(parsePolicy(pinned ?? (await file('policy'))));
    const current = await walkRoots(roots, policy);
    const release = await pair(`release/${newest.release}.json`);
    const now = Math.floor(this.time / 1000);
    const verified = await verifyRelease({ ...release, root: current.root, policies: [current.policy], now });
    return { ...verified, mode: current.root.mode };
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}

test('a first start needs no ceremony, and a stranger can verify it from the public files', async () => {
  await using place = await Place.make();
  place.time = Date.now();
  const service = await place.start();
  try {
    const { release, mode, approvedBy } = await place.verify();
    assert.equal(release.version, 1);
    assert.equal(release.image, CONTENT.image);
    assert.equal(mode, 'one-person');
    assert.deepEqual(approvedBy, ['this machine']);
    assert.deepEqual(
      { ...service.status, origin: '' },
      {
        origin: '',
        size: 2,
        mode: 'one-person',
        trustRoot: 1,
        release: 1,
        missing: [],
        disagree: [],
        published: true,
      },
    );
    const policy = await readyPolicy(parsePolicy(await readFile(join(place.publicDir, 'policy'))));
    assert.equal((await fsck(openReader(place.publicDir), { policy })).size, 2);
  } finally {
    await service.stop();
  }
});

test('a start again changes nothing; what runs otherwise, or is half through its life, gets a new release', async () => {
  await using place = await Place.make();
  const versions = async (): Promise<number> => {
    const service = await place.start();
    await service.stop();
    return service.status.release;
  };
  assert.equal(await versions(), 1);
  assert.equal(await versions(), 1);
  place.content = { ...CONTENT, image: 'cd'.repeat(32) };
  assert.equal(await versions(), 2);
  place.time = START + 14 * DAY;
  assert.equal(await versions(), 2);
  place.time = START + 16 * DAY;
  assert.equal(await versions(), 3);
});

interface Person {
  id: string;
  seed: Secret;
  key: string;
}

async function newPerson(id: string): Promise<Person> {
  const seed = newSigningSeed('approver');
  return { id, seed, key: toBase64Url(await signingPublicKey(seed)) };
}

async function signed(envelope: Uint8Array, ...persons: { seed: Secret }[]): Promise<Uint8Array> {
  let bytes = envelope;
  for (const { seed } of persons) bytes = await addSignature(bytes, seed);
  return bytes;
}

test('with two persons nothing runs that one of them did not sign', async () => {
  await using place = await Place.make();
  place.time = Date.now();
  const now = Math.floor(place.time / 1000);
  const persons = await Promise.all(['ada', 'grace', 'radia'].map(newPerson));
  let service = await place.start();
  try {
    // The machine hands over: the new root needs its signature and those of two new persons.
    const first = await openFirstRoot(await readFile(join(place.publicDir, 'root/1.json')));
    const machine = { seed: await machineSeed(place) };
    const handOver = trustRootEnvelope({
      version: 2,
      previous: first.digest,
      origin: first.origin,
      mode: 'two-person',
      persons: persons.map(({ id, key }) => ({ id, keys: [key], roles: ['release', 'root'] })),
      thresholds: { release: 2, root: 2, audit: 1 },
      policy: first.policy,
      maxAgeS: 86_400,
      expires: now + 86_400 * 365,
    });
    const early = await service.submit(await signed(handOver, machine, persons[0]!));
    assert.equal(early.index, null, 'one of the new persons is not enough');
    const done = await service.submit(await signed(handOver, machine, persons[1]!));
    assert.equal(done.index, 2, 'signatures that come apart are put together');
    assert.equal(service.status.mode, 'two-person');
    assert.deepEqual(await service.changes(), []);

    const last = service.releases.at(-1)!;
    const document: ReleaseDocument = {
      ...CONTENT,
      origin: first.origin,
      version: 2,
      previous: last.digest,
      trustRoot: 2,
      scope: ['*'],
      image: 'cd'.repeat(32),
      notBefore: now - 10,
      expires: now + 86_400,
      author: 'ada',
      reason: 'a newer image',
    };
    const change = releaseEnvelope(document);
    await assert.rejects(service.submit(change), { code: 'too_few_approvals' });
    await assert.rejects(service.submit(await signed(change, machine)), { code: 'too_few_approvals' });
    const byOne = await service.submit(await signed(change, persons[0]!));
    assert.deepEqual(byOne.change.signedBy, ['ada']);
    assert.equal(byOne.index, null);
    const again = await service.submit(await signed(change, persons[0]!));
    assert.equal(again.index, null, 'the same person counts once');

    // It waits across a restart; the machine alone renews nothing any more.
    await service.stop();
    place.content = { ...CONTENT, image: 'ef'.repeat(32) };
    service = await place.start();
    assert.equal(service.status.release, 1);
    assert.deepEqual(
      (await service.changes()).map(({ signedBy }) => signedBy),
      [['ada']],
    );

    const byTwo = await service.submit(await signed(change, persons[2]!));
    assert.equal(byTwo.index, 3);
    const { release, approvedBy, mode } = await place.verify();
    assert.deepEqual([release.version, approvedBy, mode], [2, ['ada', 'radia'], 'two-person']);
    await assert.rejects(service.submit(await signed(change, persons[1]!)), { code: 'broken_chain' });
  } finally {
    await service.stop();
  }
});

test('a machine whose one person has a key of their own makes nothing by itself any more', async () => {
  await using place = await Place.make();
  place.time = Date.now();
  let service = await place.start();
  try {
    const first = await openFirstRoot(await readFile(join(place.publicDir, 'root/1.json')));
    const ada = await newPerson('ada');
    const own = trustRootEnvelope({
      version: 2,
      previous: first.digest,
      origin: first.origin,
      mode: 'one-person',
      persons: [{ id: 'ada', keys: [ada.key], roles: ['release', 'root'] }],
      thresholds: { release: 1, root: 1, audit: 1 },
      policy: first.policy,
      maxAgeS: 86_400,
      expires: Math.floor(place.time / 1000) + 86_400,
    });
    assert.equal((await service.submit(await signed(own, { seed: await machineSeed(place) }, ada))).index, 2);
    await service.stop();
    // What the machine would sign now counts for nobody, and would be logged all the same.
    place.content = { ...CONTENT, image: 'cd'.repeat(32) };
    service = await place.start();
    const { trustRoot, release, size } = service.status;
    assert.deepEqual({ trustRoot, release, size }, { trustRoot: 2, release: 1, size: 3 });
  } finally {
    await service.stop();
  }
});

test('a change that is rejected waits no more', async () => {
  await using place = await Place.make();
  place.time = Date.now();
  const service = await place.start();
  try {
    const first = await openFirstRoot(await readFile(join(place.publicDir, 'root/1.json')));
    const person = await newPerson('ada');
    const other = trustRootEnvelope({
      version: 2,
      previous: first.digest,
      origin: first.origin,
      mode: 'one-person',
      policy: first.policy,
      persons: [
        {
          id: 'ada',
          keys: [person.key],
          roles: ['release', 'root'],
        },
      ],
      thresholds: {
        release: 1,
        root: 1,
        audit: 1,
      },
      maxAgeS: 86400,
      expires: Math.floor(place.time / 1e3) + 86400,
    });
    const { change, index } = await service.submit(await signed(other, { seed: await machineSeed(place) }));
    assert.equal(index, null);
    const no = rejectionEnvelope({ change: change.digest, reason: 'not now' });
    const byMachine = await signed(no, { seed: await machineSeed(place) });
    await assert.rejects(service.reject('ab'.repeat(32), byMachine), { code: 'not_found' });
    await assert.rejects(service.reject(change.digest, no), { code: 'too_few_approvals' });
    await assert.rejects(service.reject(change.digest, await signed(no, person)), { code: 'too_few_approvals' });
    const another = await signed(rejectionEnvelope({ change: 'ab'.repeat(32), reason: '' }), {
      seed: await machineSeed(place),
    });
    await assert.rejects(service.reject(change.digest, another), { code: 'bad_release' });
    assert.equal((await service.changes()).length, 1);
    await service.reject(change.digest, byMachine);
    assert.deepEqual(await service.changes(), []);
    assert.equal(service.status.size, 3, 'the rejection is in the log');
    const again = service.submit(await signed(other, { seed: await machineSeed(place) }));
    await assert.rejects(again, { code: 'already_exists' }, 'what was rejected comes back under another number only');
    await assert.rejects(service.reject(change.digest, byMachine), { code: 'not_found' });
    assert.equal(service.status.size, 3);
  } finally {
    await service.stop();
  }
});

test('an alarm is one entry an hour, over a restart too, and who verifies or checks the log goes on', async () => {
  await using place = await Place.make();
  place.time = Date.now();
  let service = await place.start();
  try {
    const hour = Math.floor(place.time / 3_600_000) * 3600;
    const alarm = { region: 'home', kind: 'process', raisedAt: hour } as const;
    await Promise.all([service.alarm(alarm), service.alarm(alarm)]);
    await assert.rejects(service.alarm({ ...alarm, raisedAt: hour + 1 }), { code: 'bad_alarm' });
    assert.deepEqual([service.status.size, service.status.published], [3, true]);
    await service.stop();
    service = await place.start();
    await service.alarm(alarm);
    await service.alarm({ ...alarm, raisedAt: hour + 3600 });
    assert.equal(service.status.size, 4);
    assert.equal((await place.verify()).mode, 'one-person');
    const policy = await readyPolicy(parsePolicy(await readFile(join(place.publicDir, 'policy'))));
    assert.equal((await fsck(openReader(place.publicDir), { policy })).size, 4);
    const key = toBase64Url(await signingPublicKey(await machineSeed(place)));
    assert.deepEqual(
      [service.personOf(key), service.personOf((await newPerson('eve')).key)],
      ['this machine', undefined],
    );
  } finally {
    await service.stop();
  }
});

test('an alarm that no witness signs is in the log all the same', async () => {
  await using place = await Place.make();
  place.time = Date.now();
  const service = await place.start();
  await service.stop();
  await service.alarm({ region: 'home', kind: 'file', raisedAt: Math.floor(place.time / 3_600_000) * 3600 });
  assert.deepEqual([service.status.size, service.status.published], [3, false]);
});

test('a failed witness leaves what was published', async () => {
  await using place = await Place.make();
  place.time = Date.now();
  const service = await place.start();
  const before = await readFile(join(place.publicDir, 'checkpoint'), 'utf8');
  await service.stop();
  await service.round();
  assert.deepEqual(service.status.missing, ['here']);
  assert.equal(service.status.published, false);
  assert.equal(await readFile(join(place.publicDir, 'checkpoint'), 'utf8'), before);
});

/** The machine's own key, as only root on this machine could read it. */
async function machineSeed(place: Place): Promise<Secret> {
  const { Secret } = await import('@lethe/core');
  return new Secret('approver', await readFile(join(place.directory, 'proof', 'machine-key')));
}

test('witnesses of others take over: who knows the old policy and who knows the new one can both verify', async () => {
  await using place = await Place.make();
  place.time = Date.now();
  const now = Math.floor(place.time / 1000);
  const service = await place.start();
  try {
    const policyBefore = await readFile(join(place.publicDir, 'policy'));
    const first = await openFirstRoot(await readFile(join(place.publicDir, 'root/1.json')));
    const logLine = first.policy.split('\n')[0]!;
    await using witness = await startWitness({
      dataDir: join(place.directory, 'other-witness'),
      name: 'witness.example',
      logs: [parseVkey(logLine.split(' ')[1]!)],
      listen: { host: '127.0.0.1', port: 0 },
    });
    const person = await newPerson('ada');
    const machine = { seed: await machineSeed(place) };
    const root = (policy: string) =>
      signed(
        trustRootEnvelope({
          version: 2,
          previous: first.digest,
          origin: first.origin,
          mode: 'one-person',
          persons: [{ id: 'ada', keys: [person.key], roles: ['release', 'root'] }],
          thresholds: { release: 1, root: 1, audit: 1 },
          policy,
          maxAgeS: 86_400,
          expires: now + 86_400,
        }),
        machine,
        person,
      );
    const deaf = `${logLine}\nwitness other ${witness.vkey} http://127.0.0.1:1/\nquorum other\n`;
    await assert.rejects(service.submit(await root(deaf)), { code: 'no_quorum' });
    const foreign = `log ${formatVkey(noteKey(first.origin, 1, await signingPublicKey(newSigningSeed('log-sign'))))}\nquorum none\n`;
    await assert.rejects(service.submit(await root(foreign)), { code: 'no_quorum' });
    assert.equal(service.status.size, 2, 'nothing was logged');

    const { index } = await service.submit(await root(deaf.replace('http://127.0.0.1:1/', witness.url)));
    assert.equal(index, 2);
    assert.deepEqual([service.status.published, service.status.missing], [true, []]);
    await assert.rejects(machineSeed(place), { code: 'ENOENT' }, 'the key of the machine is gone');
    const last = service.releases.at(-1)!;
    const next = releaseEnvelope({
      ...CONTENT,
      origin: first.origin,
      version: 2,
      previous: last.digest,
      trustRoot: 2,
      scope: ['*'],
      notBefore: now - 10,
      expires: now + 86400,
      author: 'ada',
      reason: 'under new witnesses',
    });
    await service.submit(await signed(next, person));
    for (const policy of [policyBefore, undefined]) assert.deepEqual((await place.verify(policy)).approvedBy, ['ada']);
  } finally {
    await service.stop();
  }
});

test('what strangers add to a change is left out, and cannot keep it from being signed', async () => {
  await using place = await Place.make();
  place.time = Date.now();
  const service = await place.start();
  try {
    const first = await openFirstRoot(await readFile(join(place.publicDir, 'root/1.json')));
    const [ada, stranger] = [await newPerson('ada'), await newPerson('stranger')];
    const machine = { seed: await machineSeed(place) };
    const envelope = trustRootEnvelope({
      version: 2,
      previous: first.digest,
      origin: first.origin,
      mode: 'one-person',
      policy: first.policy,
      persons: [
        {
          id: 'ada',
          keys: [ada.key],
          roles: ['release', 'root'],
        },
      ],
      thresholds: {
        release: 1,
        root: 1,
        audit: 1,
      },
      maxAgeS: 86400,
      expires: Math.floor(place.time / 1e3) + 86400,
    });
    const padded = await signed(
      envelope,
      machine,
      ...(await Promise.all(Array.from({ length: 15 }, () => newPerson('x')))),
    );
    const { change } = await service.submit(padded);
    const stored = JSON.parse(Buffer.from(change.bytes).toString()) as { signatures: unknown[] };
    assert.equal(stored.signatures.length, 1);
    const done = await service.submit(await signed(envelope, machine, ada, stranger));
    assert.equal(done.index, 2);
    const logged = JSON.parse(await readFile(join(place.publicDir, 'root/2.json'), 'utf8')) as {
      signatures: unknown[];
    };
    assert.equal(logged.signatures.length, 2);
  } finally {
    await service.stop();
  }
});
