/** Releases of the log, verified here: that they are in it, and that enough persons of their trust root signed. */

import { LetheError } from '@lethe/core';
import { verifyEntry } from '@lethe/tlog';
import { openRelease, type Release, requireSigners } from '@lethe/verify';
import type { ProofClient } from './service.ts';
import type { Trust } from './trust.ts';

export interface LoggedRelease {
  release: Release;
  /** Number of its entry. */
  index: number;
  /** Persons who signed. */
  approvedBy: string[];
}

/**
 * Fetches and verifies the release of a version, expired or not. Signatures matter for a release that others are compared with: one that
 * nobody approved could already hold what its successor should be seen to add. Throws `not_found`, `broken_chain`, the codes of
 * `verifyEntry` and `requireSigners`.
 */
export async function loggedRelease(client: ProofClient, trust: Trust, version: number): Promise<LoggedRelease> {
  const path = `release/${version}.json`;
  const [bytes, proof] = [await client.file(path), await client.file(`${path}.tlog-proof`)];
  const { index } = await verifyEntry(bytes, proof, trust.policy);
  const { envelope, release } = openRelease(bytes);
  if (release.version !== version || release.origin !== trust.root.origin)
    throw new LetheError('broken_chain', 'The service gave another release than was asked for. Nothing was signed.');
  const approvedBy = await requireSigners(envelope, await trust.rootAt(release.trustRoot), 'release');
  return { release, index, approvedBy };
}
