/**
 * The ordered, offline verification of a release. Every step fails closed with a code of its own:
 *
 *   1. form        envelope and release, size first                        too_large bad_envelope bad_release
 *   2. root        the chain of roots goes through the one seen before;    rolled_back broken_chain expired
 *                  the release names the newest, which has not expired
 *   3. approvals   enough different persons signed                         too_few_approvals same_person
 *   4. the log     inclusion of these exact bytes, the log's signature,    bad_proof bad_note bad_checkpoint unknown_log
 *                  a quorum of witnesses                                   note_bad_signature no_quorum not_included
 *   5. no split    the checkpoint continues the one seen before            rolled_back inconsistent
 *   6. the chain   one version after the last, naming it                   rolled_back broken_chain
 *   7. the time    clock, freshness of the quorum, begin and end           clock_went_back future_timestamp too_old
 *                                                                          not_yet_valid expired
 *   8. the scope   the release is for this region                          not_for_this_server
 */

import { LetheError } from '@lethe/core';
import { type Hash, type ReadyPolicy, verifyConsistency, verifyEntry, type WitnessedCheckpoint } from '@lethe/tlog';
import { openRelease, type Release } from './release.ts';
import { type ChainedRoot, requireSigners, rootAt, type TrustRoot } from './trust-root.ts';

/** What a verifier has seen before and keeps. Never goes back. */
export interface Seen {
  /** Largest checkpoint. */
  size: number;
  root: Hash;
  /** Version and digest of the release that runs. */
  version: number;
  digest: string;
  /** Version and digest of the newest trust root. */
  trustRoot: number;
  rootDigest: string;
  /** Latest time a quorum of witnesses vouched for, seconds. */
  time: number;
}

export interface ReleaseInput {
  /** Exact bytes of the envelope. */
  envelope: Uint8Array;
  /** Its tlog-proof. */
  proof: Uint8Array;
  /** The newest trust root, at the end of its chain. */
  root: ChainedRoot;
  /** Every policy that the checkpoint must satisfy: the trust root's, then any of the verifier's own. */
  policies: readonly ReadyPolicy[];
  /** Seconds since 1970, fixed for the whole verification. */
  now: number;
  /** Undefined for a verifier that has no memory: then 5 is not checked, and 6 only within the release. */
  seen?: Seen | undefined;
  /** Hashes that prove that the checkpoint continues the one in `seen`. */
  consistency?: readonly Hash[];
  /** Envelopes of the releases between the one in `seen` and this one, oldest first, for a verifier that was away. */
  between?: readonly Uint8Array[];
  /** Region of the server, for step 8; undefined if nobody asks for one. */
  region?: string | undefined;
}

export interface VerifiedRelease {
  release: Release;
  /** Persons who signed. */
  approvedBy: string[];
  /** Number of the entry. */
  index: number;
  /** As the last of the policies sees it. */
  checkpoint: WitnessedCheckpoint;
  /** To keep before anything is applied. */
  seen: Seen;
}

/** How far a clock may be wrong, seconds. */
export const MAX_SKEW_S = 300;

/** Verifies a release in the order above. Throws a `LetheError` with the code of the first step that refuses. */
export async function verifyRelease(input: ReleaseInput): Promise<VerifiedRelease> {
  const { root, now, seen } = input;
  const { envelope, release } = openRelease(input.envelope);
  const approvedBy = await requireSigners(envelope, signingRoot(release, root, now, seen), 'release');
  const { index, checkpoint, quorumTime } = await proveLogged(input);
  if (seen) checkContinues(checkpoint, seen, input.consistency ?? []);
  checkChain(release, seen, input.between ?? []);
  const time = checkTime(release, quorumTime, root, now, seen);
  if (input.region !== undefined) checkScope(release, input.region);
  return {
    release,
    approvedBy,
    index,
    checkpoint,
    seen: {
      size: checkpoint.size,
      root: checkpoint.root,
      version: release.version,
      digest: release.digest,
      trustRoot: root.version,
      rootDigest: root.digest,
      time,
    },
  };
}

/** The root whose persons must have signed: the newest. A release that runs already stays good under the root it was made under. */
function signingRoot(release: Release, root: ChainedRoot, now: number, seen: Seen | undefined): ChainedRoot {
  if (seen) {
    const known = rootAt(root, seen.trustRoot);
    if (!known) throw new LetheError('rolled_back', 'The trust root is older than the one seen before.');
    if (known.digest !== seen.rootDigest)
      throw new LetheError('broken_chain', 'The chain of trust roots is another one than was seen before.');
  }
  const runs = seen !== undefined && runsAlready(release, seen);
  const signing = release.trustRoot === root.version || runs ? rootAt(root, release.trustRoot) : undefined;
  if (!signing || release.origin !== root.origin)
    throw new LetheError('broken_chain', 'The release is made under another trust root than the newest.');
  if (now > root.expires)
    throw new LetheError('expired', 'The trust root has expired. Its persons must sign a new one.');
  return signing;
}

/** Inclusion under every policy; the time is that of the policy whose quorum is the stalest. */
async function proveLogged({ envelope, proof, policies }: ReleaseInput): Promise<{
  index: number;
  checkpoint: WitnessedCheckpoint;
  quorumTime: number;
}> {
  const proven = [];
  for (const policy of policies) proven.push(await verifyEntry(envelope, proof, policy));
  const last = proven.at(-1);
  if (!last) throw new LetheError('bad_policy', 'There is no policy to verify the log by.');
  const times = proven.map(({ checkpoint }) => checkpoint.quorumTime ?? Number.NEGATIVE_INFINITY);
  return { ...last, quorumTime: Math.min(...times) };
}

function checkContinues(checkpoint: WitnessedCheckpoint, seen: Seen, proof: readonly Hash[]): void {
  if (checkpoint.size < seen.size)
    throw new LetheError('rolled_back', 'The proof is from an older state of the log than was seen before.');
  if (seen.size === 0) return;
  verifyConsistency({
    oldSize: seen.size,
    newSize: checkpoint.size,
    oldRoot: seen.root,
    newRoot: checkpoint.root,
    proof,
  });
}

/**
 * The same release again is fine (a server that is born again); anything else must be the next, or follow through what came between. Of
 * releases between nothing is asked but that each names the one before: the one that is verified names the last of them by its digest.
 */
function checkChain(release: Release, seen: Seen | undefined, between: readonly Uint8Array[]): void {
  if (!seen || seen.version === 0 || runsAlready(release, seen)) return;
  if (release.version <= seen.version)
    throw new LetheError('rolled_back', 'The release is older than the one that runs.');
  let { version, digest } = seen;
  for (const next of [...between.map((bytes) => openRelease(bytes).release), release]) {
    if (next.version !== version + 1 || next.previous !== digest)
      throw new LetheError('broken_chain', 'The release does not follow the one that runs.');
    ({ version, digest } = next);
  }
}

const runsAlready = (release: Release, seen: Seen): boolean =>
  release.version === seen.version && release.digest === seen.digest;

/** Returns the latest time that a quorum vouches for. */
function checkTime(release: Release, time: number, root: TrustRoot, now: number, seen: Seen | undefined): number {
  if (seen && now + MAX_SKEW_S < seen.time)
    throw new LetheError('clock_went_back', 'The clock is behind a time that witnesses have vouched for before.');
  if (time === Number.NEGATIVE_INFINITY)
    throw new LetheError('no_quorum', 'The policy asks for no witness, so nobody vouches that the proof is fresh.');
  // The time of a whole quorum: one witness alone can neither make a proof look fresh nor block it.
  if (time > now + MAX_SKEW_S)
    throw new LetheError('future_timestamp', 'The witnesses signed at a time that is still to come. Check the clock.');
  if (now - time > root.maxAgeS)
    throw new LetheError('too_old', 'The witnesses saw the log too long ago. Fetch the newest proof.');
  if (now < release.notBefore) throw new LetheError('not_yet_valid', 'The release begins later.');
  if (now > release.expires) throw new LetheError('expired', 'The release has expired.');
  return Math.max(seen?.time ?? 0, time);
}

function checkScope(release: Release, region: string): void {
  if (!release.scope.some((item) => item === '*' || item === region))
    throw new LetheError('not_for_this_server', 'The release is for servers of other regions.');
}
