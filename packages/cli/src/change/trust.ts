/**
 * Whom a service's log is believed: the chain of its trust roots, walked from a policy that this person holds, never from what the
 * service says about itself.
 */

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fromUtf8, LetheError, utf8 } from '@lethe/core';
import { parsePolicy, readyPolicy } from '@lethe/tlog';
import { type CurrentRoot, type LoggedRoot, Shape, type TrustRoot, walkRoots } from '@lethe/verify';
import type { FileStore } from '../profile.ts';
import type { ProofClient } from './service.ts';

export interface Trust extends CurrentRoot {
  /** The trust root of a version, verified as the newest is. Throws `broken_chain` if there is none. */
  rootAt(version: number): Promise<TrustRoot>;
  /** Version of the newest release, as the service says; 0 for none. */
  release: number;
  /** True if the policy was taken from the service just now, since this profile held none. */
  firstUse: boolean;
}

const MAX_ROOTS = 1000;

/**
 * Fetches the trust roots and walks them with the policy of `--policy`, else with the one this profile keeps, else with the service's
 * own, which is kept from then on. Throws `rolled_back` or `inconsistent` if another chain was seen before, and the codes of `walkRoots`.
 */
export async function openTrust(client: ProofClient, store: FileStore, policyFile?: string): Promise<Trust> {
  const kept = await store.loadLog();
  const newest = await newestVersions(client);
  const text =
    policyFile !== undefined ? await readPolicy(policyFile) : (kept?.policy ?? fromUtf8(await client.file('policy')));
  const roots: LoggedRoot[] = [];
  for (let version = 1; version <= newest.root; version += 1) {
    const path = `root/${version}.json`;
    roots.push({
      envelope: await client.file(path),
      proof: await client.file(`${path}.tlog-proof`),
      firstProof: await client.file(`${path}.first.tlog-proof`),
    });
  }
  const walk = async (count: number): Promise<CurrentRoot> =>
    walkRoots(roots.slice(0, count), await readyPolicy(parsePolicy(utf8(text))));
  const current = await walk(roots.length).catch(refuse);
  if (kept) await checkKept(kept.root, current.root, walk);
  const { version, digest } = current.root;
  await store.saveLog({ policy: text, root: { version, digest } });
  return {
    ...current,
    release: newest.release,
    firstUse: policyFile === undefined && kept === null,
    rootAt: async (wanted) => {
      if (wanted > roots.length) throw new LetheError('broken_chain', 'The log has no such trust root.');
      return (await walk(wanted)).root;
    },
  };
}

async function newestVersions(client: ProofClient): Promise<{ root: number; release: number }> {
  const shape = new Shape('bad_trust_root', "The service's list of versions");
  const bytes = await client.file('newest.json');
  let value: unknown;
  try {
    value = JSON.parse(fromUtf8(bytes));
  } catch {
    shape.refuse('it is not JSON');
  }
  const { root, release } = shape.object(value as never, 'it', ['root', 'release']);
  return { root: shape.integer(root, 'root', 1, MAX_ROOTS), release: shape.integer(release, 'release', 0) };
}

async function readPolicy(file: string): Promise<string> {
  try {
    return fromUtf8(await readFile(resolve(file)));
  } catch (cause) {
    throw new LetheError('bad_request', 'The file given with --policy cannot be read. Nothing was signed.', { cause });
  }
}

/** A verifier's reason, with what it means here. */
function refuse(error: unknown): never {
  if (!(error instanceof LetheError)) throw error;
  throw new LetheError(
    error.code,
    `The log of this service cannot be verified: ${error.message} Nothing was signed. Ask the other persons which policy they hold, and give it with --policy FILE.`,
    { cause: error },
  );
}

/** The chain may have grown since it was seen, and must have kept what was there. */
async function checkKept(
  kept: { version: number; digest: string },
  current: TrustRoot,
  walk: (count: number) => Promise<CurrentRoot>,
): Promise<void> {
  if (current.version < kept.version)
    throw new LetheError(
      'rolled_back',
      'The service shows an older trust root than this profile has seen before. Nothing was signed. Tell the other persons.',
    );
  if ((await walk(kept.version)).root.digest !== kept.digest)
    throw new LetheError(
      'inconsistent',
      'The service shows another trust root than this profile has seen before under the same number. Nothing was signed. Tell the other persons.',
    );
}
