/** A log of a million entries on disk, and the release at its end with three witnesses: what the proofs are measured on. */

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HeadDirectory } from '@lethe/control/proof/log/heads';
import { openLogKey } from '@lethe/control/proof/log/keys';
import { Log } from '@lethe/control/proof/log/log';
import { LogDirectory } from '@lethe/control/proof/log/store';
import { newSigningSeed, type Secret, signingPublicKey, toBase64Url, utf8 } from '@lethe/core';
import {
  cosign,
  formatNote,
  formatProof,
  formatVkey,
  type NoteKey,
  noteKey,
  parseNote,
  proveInclusion,
  SIGNATURE_TYPE,
} from '@lethe/tlog';
import { addSignature, openFirstRoot, releaseEnvelope, trustRootEnvelope } from '@lethe/verify';

export const ORIGIN = 'bench.example/log';
const PERSONS = 3;
const WITNESSES = 3;

export interface SignedRelease {
  policy: string;
  rootEnvelope: Uint8Array;
  release: { envelope: Uint8Array; proof: Uint8Array };
  now: number;
}

interface Signer {
  seed: Secret;
  key: string;
}

export interface Million extends AsyncDisposable {
  log: Log;
  /** Makes the first trust root; to be the first entry. */
  rootEnvelope: Uint8Array;
  /** Appends a release that two persons signed, and proves it under a checkpoint with three cosignatures. */
  release(): Promise<SignedRelease>;
}

export async function openMillion(): Promise<Million> {
  const directory = await mkdtemp(join(tmpdir(), 'lethe-bench-proof-'));
  await mkdir(join(directory, 'log'));
  const { key, seed } = await openLogKey(join(directory, 'key'), ORIGIN);
  const store = new LogDirectory(join(directory, 'log'), directory);
  const log = await Log.open({ store, heads: new HeadDirectory(join(directory, 'heads')), key, seed });
  const persons = await Promise.all(Array.from({ length: PERSONS }, () => newSigner()));
  const witnesses = await Promise.all(Array.from({ length: WITNESSES }, (_, i) => newWitness(`w${i}.example`)));
  const names = witnesses.map((_, i) => `w${i}`);
  const policy = [
    `log ${formatVkey(key)}`,
    ...witnesses.map((witness, i) => `witness w${i} ${formatVkey(witness.key)}`),
    `group all all ${names.join(' ')}`,
    'quorum all\n',
  ].join('\n');
  const now = Math.floor(Date.now() / 1000);
  const rootEnvelope = await signedBy(
    trustRootEnvelope({
      version: 1,
      previous: null,
      origin: ORIGIN,
      mode: 'two-person',
      persons: persons.map((person, i) => ({ id: `person ${i}`, keys: [person.key], roles: ['release', 'root'] })),
      thresholds: { release: 2, root: 2, audit: 1 },
      policy,
      maxAgeS: 86_400,
      expires: now + 86_400,
    }),
    persons.slice(0, 2),
  );
  const release = async (): Promise<SignedRelease> => {
    const root = await openFirstRoot(rootEnvelope);
    const envelope = await signedBy(
      releaseEnvelope({
        origin: root.origin,
        version: 1,
        previous: null,
        trustRoot: 1,
        scope: ['*'],
        image: 'ab'.repeat(32),
        files: [{ path: '/etc/unbound/unbound.conf', text: '# a line of a configuration file\n'.repeat(150) }],
        sysctls: [],
        processes: [],
        egress: [],
        policyVersion: 1,
        notBefore: now - 60,
        expires: now + 86_400,
        author: 'person 0',
        reason: 'measured',
      }),
      persons.slice(0, 2),
    );
    const index = await log.append(envelope);
    const { text, signatures } = parseNote(log.head.note);
    for (const witness of witnesses) signatures.push(await cosign(text, witness.key, witness.seed, now));
    const checkpoint = utf8(formatNote({ text, signatures }));
    const hashes = await proveInclusion(log.hashes(log.head.size), index);
    return { policy, rootEnvelope, release: { envelope, proof: formatProof({ index, hashes, checkpoint }) }, now };
  };
  return { log, rootEnvelope, release, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) };
}

async function newSigner(): Promise<Signer> {
  const seed = newSigningSeed('approver');
  return { seed, key: toBase64Url(await signingPublicKey(seed)) };
}

async function newWitness(name: string): Promise<{ key: NoteKey; seed: Secret }> {
  const seed = newSigningSeed('witness-sign');
  return { seed, key: noteKey(name, SIGNATURE_TYPE.cosignatureV1, await signingPublicKey(seed)) };
}

async function signedBy(envelope: Uint8Array, signers: readonly Signer[]): Promise<Uint8Array> {
  let bytes = envelope;
  for (const { seed } of signers) bytes = await addSignature(bytes, seed);
  return bytes;
}
