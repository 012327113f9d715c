/** The chain of trust roots as a verifier walks it: the first by its place in the log, each next by the one before. */

import { LetheError } from '@lethe/core';
import { type ReadyPolicy, readyPolicy, verifyEntry } from '@lethe/tlog';
import { openRelease } from './release.ts';
import { type ChainedRoot, openFirstRoot, openNextRoot } from './trust-root.ts';
import type { Seen } from './verify-release.ts';

/** A trust root as it is handed over: exact bytes of its envelope, and its tlog-proof. */
export interface LoggedRoot {
  envelope: Uint8Array;
  proof: Uint8Array;
}

/** The newest trust root, and its policy ready for use. */
export interface CurrentRoot {
  root: ChainedRoot;
  policy: ReadyPolicy;
}

/**
 * Walks the chain from the first root. The first must be entry 0 of a log that `policy` trusts: whoever trusts a log's key then trusts
 * one beginning, the same for everybody, since the witnesses saw it. Each next must be logged under the policy of the one before.
 * Throws `broken_chain` and the codes of `verifyEntry`, `openFirstRoot` and `openNextRoot`.
 */
export async function walkRoots(roots: readonly LoggedRoot[], policy: ReadyPolicy): Promise<CurrentRoot> {
  const [first, ...rest] = roots;
  if (!first) throw new LetheError('broken_chain', 'There is no trust root.');
  const { index, checkpoint } = await verifyEntry(first.envelope, first.proof, policy);
  if (index !== 0) throw new LetheError('broken_chain', 'The first trust root is not the first entry of the log.');
  let root = await openFirstRoot(first.envelope);
  if (root.origin !== checkpoint.origin) throw new LetheError('broken_chain', 'The trust root is of another log.');
  let current: CurrentRoot = { root, policy: await readyPolicy(root.parsedPolicy) };
  for (const next of rest) {
    await verifyEntry(next.envelope, next.proof, current.policy);
    root = await openNextRoot(next.envelope, current.root);
    current = { root, policy: await readyPolicy(root.parsedPolicy) };
  }
  return current;
}

/**
 * What was seen, moved on through releases that came and went meanwhile (envelopes, oldest first), for a verifier that was away. Each must
 * name the one before. Nothing else of them is asked: the release that is verified afterwards names the last of them by digest, and is
 * approved itself. Throws `broken_chain`.
 */
export function throughReleases(seen: Seen, between: readonly Uint8Array[]): Seen {
  let { version, digest } = seen;
  for (const bytes of between) {
    const { release } = openRelease(bytes);
    if (release.version !== version + 1 || release.previous !== digest)
      throw new LetheError('broken_chain', 'The releases since the last visit do not follow each other.');
    ({ version, digest } = release);
  }
  return { ...seen, version, digest };
}
