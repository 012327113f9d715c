/**
 * One-person mode: the machine itself holds the only key, so that a first start needs no ceremony. It is named so in the trust root, in
 * every release and wherever they are shown, and CL-12 (two people) is Not confirmed. The first trust root with two persons ends it.
 */

import type { Secret } from '@lethe/core';
import {
  addSignature,
  type Release,
  type ReleaseContent,
  releaseEnvelope,
  type TrustRoot,
  trustRootEnvelope,
} from '@lethe/verify';

/** The person's name in the trust root. */
export const THIS_MACHINE = 'this machine';

const DAY_S = 86_400;
const ROOT_LIFE_S = 365 * DAY_S;
const RELEASE_LIFE_S = 30 * DAY_S;

/** Oldest cosignatures under which a server takes a release. The log asks its witnesses every hour. */
const MAX_AGE_S = 7 * DAY_S;

export interface RootParts {
  origin: string;
  /** Public key of the machine, base64url. */
  key: string;
  policy: string;
  /** Seconds since 1970. */
  now: number;
}

/** The first trust root of a service, or the one that renews it. */
export function machineRoot(
  { origin, key, policy, now }: RootParts,
  before: TrustRoot | undefined,
  seed: Secret,
): Promise<Uint8Array<ArrayBuffer>> {
  const document = {
    version: (before?.version ?? 0) + 1,
    previous: before?.digest ?? null,
    origin,
    mode: 'one-person' as const,
    persons: [{ id: THIS_MACHINE, keys: [key], roles: ['release' as const, 'root' as const, 'audit' as const] }],
    thresholds: { release: 1, root: 1, audit: 1 },
    policy,
    maxAgeS: MAX_AGE_S,
    expires: now + ROOT_LIFE_S,
  };
  return addSignature(trustRootEnvelope(document), seed);
}

/** The release of what runs now, after the one before. */
export function machineRelease(
  content: ReleaseContent,
  root: TrustRoot,
  before: Release | undefined,
  now: number,
  seed: Secret,
): Promise<Uint8Array<ArrayBuffer>> {
  const document = {
    origin: root.origin,
    version: (before?.version ?? 0) + 1,
    previous: before?.digest ?? null,
    trustRoot: root.version,
    scope: ['*'],
    ...content,
    notBefore: now,
    expires: now + RELEASE_LIFE_S,
    author: THIS_MACHINE,
    reason: before ? 'Renewed by the machine itself: one-person mode.' : 'First start: one-person mode.',
  };
  return addSignature(releaseEnvelope(document), seed);
}

/** True if the machine decides alone. A person who does so with a key of their own is one-person mode too, and signs for themselves. */
export const isMachineRoot = ({ persons }: TrustRoot, key: string): boolean =>
  persons.length === 1 && persons[0]!.keys.includes(key);

/** True if less than half of a root's life is left. */
export const isRootDue = (root: TrustRoot, now: number): boolean => root.expires - now < ROOT_LIFE_S / 2;

/** True if less than half of a release's life is left. */
export const isReleaseDue = (release: Release, now: number): boolean => release.expires - now < RELEASE_LIFE_S / 2;
