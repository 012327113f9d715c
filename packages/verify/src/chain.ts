/** The chain of trust roots as a verifier walks it: the first by its place in the log, each next by the one before. */

import { LetheError } from '@lethe/core';
import { type ProvenEntry, type ReadyPolicy, readyPolicy, verifyEntry } from '@lethe/tlog';
import { type ChainedRoot, openFirstRoot, openNextRoot } from './trust-root.ts';

/** A document of the log as it is handed over: exact bytes of its envelope, and its tlog-proof. */
export interface Logged {
  envelope: Uint8Array;
  proof: Uint8Array;
}

/**
 * A trust root as it is handed over. Witnesses come and go: `proof` is under those that count now, `firstProof` under those that
 * counted when the root was logged. Either shows its place.
 */
export interface LoggedRoot extends Logged {
  firstProof?: Uint8Array | undefined;
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
  const { index, checkpoint } = await verifyPlace(first, policy);
  let last = index;
  if (index !== 0) throw new LetheError('broken_chain', 'The first trust root is not the first entry of the log.');
  let root = await openFirstRoot(first.envelope);
  if (root.origin !== checkpoint.origin) throw new LetheError('broken_chain', 'The trust root is of another log.');
  let current: CurrentRoot = { root, policy: await readyPolicy(root.parsedPolicy) };
  for (const next of rest) {
    const { index: later } = await verifyPlace(next, current.policy);
    if (later <= last) throw new LetheError('broken_chain', 'The trust roots stand in the log in another order.');
    last = later;
    root = await openNextRoot(next.envelope, current.root);
    current = { root, policy: await readyPolicy(root.parsedPolicy) };
  }
  return current;
}

/** A root's place in the log under a policy, by either of its proofs. Throws what the newest one is refused with. */
async function verifyPlace({ envelope, proof, firstProof }: LoggedRoot, policy: ReadyPolicy): Promise<ProvenEntry> {
  try {
    return await verifyEntry(envelope, proof, policy);
  } catch (error) {
    if (!firstProof) throw error;
    return verifyEntry(envelope, firstProof, policy).catch(() => {
      throw error;
    });
  }
}
