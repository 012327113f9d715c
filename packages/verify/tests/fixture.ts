/** A small service in memory: persons, a log, witnesses, and the documents they sign. */

import {
  canonicalBytes,
  type Json,
  LetheError,
  newSigningSeed,
  preAuthEncoding,
  type Secret,
  sign,
  signingPublicKey,
  toBase64,
  toBase64Url,
  toHex,
  utf8,
} from '@lethe/core';
import {
  cosign,
  EMPTY_ROOT,
  formatCheckpoint,
  formatNote,
  formatProof,
  formatVkey,
  type Hash,
  leafHash,
  type NoteKey,
  nodeHash,
  noteKey,
  SIGNATURE_TYPE,
  signText,
  splitPoint,
} from '@lethe/tlog';
import {
  PREDICATE,
  RELEASE_SUBJECT,
  type ReleaseDocument,
  STATEMENT_TYPE,
  statementJson,
  type TrustRootDocument,
  trustRootName,
} from '@lethe/verify';
import { sha256 } from '@noble/hashes/sha2.js';

export const NOW = 1_800_000_000;
export const ORIGIN = 'lethe.example/log';

export interface Signer {
  seed: Secret;
  key: string;
}

export async function newSigner(): Promise<Signer> {
  const seed = newSigningSeed('approver');
  return { seed, key: toBase64Url(await signingPublicKey(seed)) };
}

/** A signed envelope in its one spelling. */
export async function envelope(statement: Json, signers: readonly Signer[]): Promise<Uint8Array<ArrayBuffer>> {
  const payload = canonicalBytes(statement);
  const signed = preAuthEncoding(STATEMENT_TYPE, payload);
  const signatures = await Promise.all(
    signers.map(async ({ seed, key }) => ({ keyid: key, sig: toBase64(await sign(seed, signed)) })),
  );
  return canonicalBytes({ payload: toBase64(payload), payloadType: STATEMENT_TYPE, signatures });
}

export const digestOf = (bytes: Uint8Array): string => {
  const { payload } = JSON.parse(Buffer.from(bytes).toString()) as { payload: string };
  return toHex(sha256(Buffer.from(payload, 'base64')));
};

const mth = (leaves: readonly Hash[]): Hash => {
  if (leaves.length === 0) return EMPTY_ROOT;
  if (leaves.length === 1) return leaves[0]!;
  const k = splitPoint(leaves.length);
  return nodeHash(mth(leaves.slice(0, k)), mth(leaves.slice(k)));
};

const path = (m: number, leaves: readonly Hash[]): Hash[] => {
  if (leaves.length <= 1) return [];
  const k = splitPoint(leaves.length);
  return m < k
    ? [...path(m, leaves.slice(0, k)), mth(leaves.slice(k))]
    : [...path(m - k, leaves.slice(k)), mth(leaves.slice(0, k))];
};

const subproof = (m: number, leaves: readonly Hash[], whole: boolean): Hash[] => {
  if (m === leaves.length) return whole ? [] : [mth(leaves)];
  const k = splitPoint(leaves.length);
  return m <= k
    ? [...subproof(m, leaves.slice(0, k), whole), mth(leaves.slice(k))]
    : [...subproof(m - k, leaves.slice(k), false), mth(leaves.slice(0, k))];
};

export class World {
  readonly persons: Signer[] = [];
  readonly entries: Uint8Array[] = [];
  readonly witnesses: { seed: Secret; key: NoteKey }[] = [];
  logSeed!: Secret;
  logKey!: NoteKey;

  static async make(persons = 3, witnesses = 3): Promise<World> {
    const world = new World();
    for (let i = 0; i < persons; i += 1) world.persons.push(await newSigner());
    for (let i = 0; i < witnesses; i += 1) {
      const seed = newSigningSeed('witness-sign');
      const key = noteKey(`witness-${i}.example`, SIGNATURE_TYPE.cosignatureV1, await signingPublicKey(seed));
      world.witnesses.push({ seed, key });
    }
    world.logSeed = newSigningSeed('log-sign');
    world.logKey = noteKey(ORIGIN, SIGNATURE_TYPE.ed25519, await signingPublicKey(world.logSeed));
    return world;
  }

  /** A policy in which all witnesses must sign. */
  get policy(): string {
    const names = this.witnesses.map((_, i) => `w${i}`);
    return [
      `log ${formatVkey(this.logKey)}`,
      ...this.witnesses.map(({ key }, i) => `witness w${i} ${formatVkey(key)}`),
      ...(names.length > 0 ? [`group all all ${names.join(' ')}`, 'quorum all'] : ['quorum none']),
      '',
    ].join('\n');
  }

  rootDocument(change: Partial<TrustRootDocument> = {}): TrustRootDocument {
    return {
      version: 1,
      previous: null,
      origin: ORIGIN,
      mode: 'two-person',
      persons: this.persons.map(({ key }, i) => ({ id: `person ${i}`, keys: [key], roles: ['release', 'root'] })),
      thresholds: { release: 2, root: 2, audit: 1 },
      policy: this.policy,
      maxAgeS: 86_400,
      expires: NOW + 30 * 86_400,
      ...change,
    };
  }

  releaseDocument(change: Partial<ReleaseDocument> = {}): ReleaseDocument {
    return {
      origin: ORIGIN,
      version: 1,
      previous: null,
      trustRoot: 1,
      scope: ['*'],
      image: 'ab'.repeat(32),
      files: [{ path: '/etc/unbound/unbound.conf', text: 'server:\n  verbosity: 0\n' }],
      sysctls: [{ name: 'net.ipv4.tcp_no_metrics_save', value: '1' }],
      processes: ['/usr/sbin/unbound'],
      egress: ['udp 53 *'],
      policyVersion: 1,
      notBefore: NOW - 60,
      expires: NOW + 7 * 86_400,
      author: 'person 0',
      reason: 'first release',
      ...change,
    };
  }

  root(document: TrustRootDocument, signers: readonly Signer[]): Promise<Uint8Array<ArrayBuffer>> {
    const subject = { name: trustRootName(document.version), digest: '00'.repeat(32) };
    return envelope(
      statementJson({ subject, predicateType: PREDICATE.trustRoot, predicate: document as unknown as Json }),
      signers,
    );
  }

  release(document: ReleaseDocument, signers: readonly Signer[]): Promise<Uint8Array<ArrayBuffer>> {
    const subject = { name: RELEASE_SUBJECT, digest: document.image };
    return envelope(
      statementJson({ subject, predicateType: PREDICATE.release, predicate: document as unknown as Json }),
      signers,
    );
  }

  append(entry: Uint8Array): number {
    return this.entries.push(entry) - 1;
  }

  get treeRoot(): Hash {
    return mth(this.entries.map(leafHash));
  }

  consistency(oldSize: number): Hash[] {
    return subproof(oldSize, this.entries.map(leafHash), true);
  }

  /** The checkpoint of all entries, cosigned by some witnesses at a time. */
  async checkpoint(time = NOW - 10, by = this.witnesses): Promise<Uint8Array<ArrayBuffer>> {
    const text = formatCheckpoint({ origin: ORIGIN, size: this.entries.length, root: this.treeRoot, extensions: [] });
    const signatures = [await signText(text, this.logKey, this.logSeed)];
    for (const { key, seed } of by) signatures.push(await cosign(text, key, seed, time));
    return utf8(formatNote({ text, signatures }));
  }

  async proof(index: number, time?: number, by = this.witnesses): Promise<Uint8Array<ArrayBuffer>> {
    const hashes = path(index, this.entries.map(leafHash));
    return formatProof({ index, hashes, checkpoint: await this.checkpoint(time, by) });
  }
}

/** The code a promise fails with. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'ok';
  } catch (error) {
    if (error instanceof LetheError) return error.code;
    throw error;
  }
}
