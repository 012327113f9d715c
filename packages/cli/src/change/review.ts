/**
 * A change as its bytes say it is: what it is, who signed it, what it would change. Nothing here comes from what a service says about
 * a change; what is signed later are these very bytes.
 */

import { LetheError } from '@lethe/core';
import {
  claimedType,
  type OpenEnvelope,
  openRelease,
  PREDICATE,
  parseEnvelope,
  type Release,
  type Role,
  readTrustRoot,
  signersOf,
  type TrustRoot,
} from '@lethe/verify';
import { releaseDifference, rootDifference, type Section } from './difference.ts';
import { loggedRelease } from './logged-release.ts';
import type { ProofClient } from './service.ts';
import type { Trust } from './trust.ts';

/** Persons of whom a number must sign. A trust root has two groups: the persons before it, and its own. */
export interface Group {
  title: string;
  root: TrustRoot;
  role: Role;
  /** Persons who may sign. */
  persons: string[];
  /** Persons whose signatures were verified here, each once. */
  signed: string[];
  needed: number;
}

export interface Review {
  bytes: Uint8Array;
  /** Digest of the document: the change's id. */
  digest: string;
  document: { kind: 'release'; release: Release } | { kind: 'root'; root: TrustRoot };
  version: number;
  /** Seconds since 1970. */
  expires: number;
  groups: Group[];
  /** Number of the entry of the release before; undefined for trust roots and the first release. */
  beforeIndex: number | undefined;
  sections: Section[];
}

/**
 * Reads a change and compares it with the verified document before it. Throws `broken_chain` if there is none that it names, and the
 * codes of `parseEnvelope`, of the readers, of `loggedRelease` and of the network.
 */
export async function review(bytes: Uint8Array, client: ProofClient, trust: Trust): Promise<Review> {
  const envelope = parseEnvelope(bytes);
  const type = claimedType(envelope.payload);
  if (type === PREDICATE.trustRoot) return reviewRoot(bytes, envelope, trust);
  if (type === PREDICATE.release) return reviewRelease(bytes, envelope, client, trust);
  throw new LetheError('bad_envelope', 'The document is neither a release nor a trust root. Nothing was signed.');
}

async function reviewRelease(
  bytes: Uint8Array,
  envelope: OpenEnvelope,
  client: ProofClient,
  trust: Trust,
): Promise<Review> {
  const { release } = openRelease(bytes);
  const { version, previous, digest, expires } = release;
  checkOrigin(release.origin, trust);
  const before = version === 1 ? undefined : await loggedRelease(client, trust, version - 1).catch(noBase);
  if ((before?.release.digest ?? null) !== previous) throw otherBase();
  const root = await trust.rootAt(release.trustRoot);
  return {
    bytes,
    digest,
    document: { kind: 'release', release },
    version,
    expires,
    groups: [await group('Signed', envelope, root, 'release')],
    beforeIndex: before?.index,
    sections: releaseDifference(before?.release, release),
  };
}

async function reviewRoot(bytes: Uint8Array, envelope: OpenEnvelope, trust: Trust): Promise<Review> {
  const root = await readTrustRoot(envelope);
  const { version, previous, digest, expires } = root;
  checkOrigin(root.origin, trust);
  const before = version === 1 ? undefined : await trust.rootAt(version - 1).catch(noBase);
  if ((before?.digest ?? null) !== previous) throw otherBase();
  const own = await group('Signed, of its own persons', envelope, root, 'root');
  return {
    bytes,
    digest,
    document: { kind: 'root', root },
    version,
    expires,
    groups: before ? [await group('Signed, of those before', envelope, before, 'root'), own] : [own],
    beforeIndex: undefined,
    sections: rootDifference(before, root),
  };
}

async function group(title: string, envelope: OpenEnvelope, root: TrustRoot, role: Role): Promise<Group> {
  return {
    title,
    root,
    role,
    persons: root.persons.filter(({ roles }) => roles.includes(role)).map(({ id }) => id),
    signed: await signersOf(envelope, root, role),
    needed: root.thresholds[role],
  };
}

function checkOrigin(origin: string, trust: Trust): void {
  if (origin !== trust.root.origin)
    throw new LetheError(
      'broken_chain',
      'The change is for another log than that of this service. Nothing was signed.',
    );
}

function noBase(error: unknown): never {
  if (!(error instanceof LetheError)) throw error;
  throw new LetheError(
    error.code,
    `The document before the change cannot be fetched and verified, so nobody can see what it would change: ${error.message} Nothing was signed.`,
    { cause: error },
  );
}

const otherBase = (): LetheError =>
  new LetheError(
    'broken_chain',
    'The change follows another document than the one in the log, so nobody can see what it would change. Nothing was signed. It must be proposed anew.',
  );
