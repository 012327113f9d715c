/**
 * Changes on their way: releases and trust roots that some persons have signed and more must sign. Kept as files until enough have,
 * then logged. Signatures are the only authority: whoever hands one in is not asked who they are.
 */

import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ErrorCode, LetheError, toBase64Url, type VerifyKey } from '@lethe/core';
import {
  claimedType,
  keepSignatures,
  mergeSignatures,
  openNextRoot,
  openRelease,
  PREDICATE,
  parseEnvelope,
  parseTrustRoot,
  type Role,
  readTrustRoot,
  signersOf,
  type TrustRoot,
} from '@lethe/verify';
import type { Documents } from './documents.ts';
import { makeDirectory, replaceFiles, syncDirectory } from './log/durable.ts';

/** Most changes that wait, in all and with a signature of the same person. */
const MAX_PENDING = 32;
const MAX_OF_PERSON = 8;

/** Why a change that waits can never be signed again. */
const OVER: ReadonlySet<string> = new Set<ErrorCode>([
  'broken_chain',
  'expired',
  'already_exists',
  'too_few_approvals',
  'bad_envelope',
  'bad_release',
  'bad_trust_root',
]);

export interface Change {
  kind: 'root' | 'release';
  version: number;
  /** Digest of the payload: the change's id. */
  digest: string;
  /** Persons who signed so far. */
  signedBy: string[];
  /** How many persons must sign. */
  needed: number;
  bytes: Uint8Array;
}

/**
 * Reads a change and checks that it would be the next of its kind, and that at least one person of the newest trust root signed it. What
 * costs little comes first. Signatures of nobody who counts are left out. Throws `bad_envelope`, `bad_release`, `bad_trust_root`,
 * `broken_chain`, `expired`, `already_exists` for one that was rejected, `too_few_approvals`.
 */
export async function readChange(bytes: Uint8Array, documents: Documents, now: number): Promise<Change> {
  const envelope = parseEnvelope(bytes);
  const root = newestRoot(documents);
  const kind = claimedType(envelope.payload) === PREDICATE.trustRoot ? 'root' : 'release';
  const change = kind === 'root' ? parseTrustRoot(envelope) : openRelease(bytes).release;
  checkPlace(change, kind === 'root' ? root : documents.releases.at(-1)?.release, root.origin);
  if (kind === 'release' && openRelease(bytes).release.trustRoot !== root.version)
    throw new LetheError(
      'broken_chain',
      'The change is made under another trust root than the newest. Nothing was stored.',
    );
  if (change.expires <= now || (kind === 'release' && root.expires <= now))
    throw new LetheError('expired', 'The change, or the trust root it is made under, has expired. Nothing was stored.');
  if (documents.rejected.has(envelope.digest))
    throw new LetheError('already_exists', 'The change was rejected. Nothing was stored. Propose it anew.');
  const signedBy = await signersOf(envelope, root, kind);
  if (signedBy.length === 0)
    throw new LetheError('too_few_approvals', 'Nobody who may sign this has signed it. Nothing was stored.');
  const keys = keysOf(root, kind);
  if (kind === 'root') keys.push(...keysOf(await readTrustRoot(envelope), 'root'));
  const kept = await keepSignatures(bytes, unique(keys));
  return {
    kind,
    version: change.version,
    digest: envelope.digest,
    signedBy,
    needed: root.thresholds[kind],
    bytes: kept,
  };
}

function checkPlace(
  { version, previous, origin }: { version: number; previous: string | null; origin: string },
  before: { version: number; digest: string } | undefined,
  own: string,
): void {
  if (origin !== own || version !== (before?.version ?? 0) + 1 || previous !== (before?.digest ?? null))
    throw new LetheError(
      'broken_chain',
      'The change does not follow the newest of its kind. Nothing was stored. Propose it anew.',
    );
}

/** Keys of the persons of a role. */
export const keysOf = (root: TrustRoot, role: Role): VerifyKey[] =>
  root.persons.flatMap((person, i) => (person.roles.includes(role) ? root.imported[i]! : []));

const unique = (keys: readonly VerifyKey[]): VerifyKey[] => [
  ...new Map(keys.map((key) => [toBase64Url(key.bytes), key])).values(),
];

/** True if a change has all the signatures it needs; a trust root needs those of its own persons too. */
export async function isComplete(change: Change, documents: Documents): Promise<boolean> {
  if (change.signedBy.length < change.needed) return false;
  if (change.kind === 'release') return true;
  try {
    await openNextRoot(change.bytes, { ...newestRoot(documents), before: null });
    return true;
  } catch (error) {
    if (error instanceof LetheError && ['too_few_approvals', 'same_person'].includes(error.code)) return false;
    throw error;
  }
}

export function newestRoot(documents: Documents): TrustRoot {
  const newest = documents.roots.at(-1);
  if (!newest) throw new LetheError('broken_chain', 'The log has no trust root yet.');
  return newest.root;
}

/** The directory of changes that wait. */
export class PendingChanges {
  readonly #directory: string;
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The change with the signatures that were stored before. */
  async merged(change: Change, documents: Documents, now: number): Promise<Change> {
    const known = await this.#read(change.digest);
    return known ? readChange(mergeSignatures(known, change.bytes), documents, now) : change;
  }

  /** Stores a change. Throws `too_many_requests` if too many wait, in all or of the same person. */
  async store(change: Change, documents: Documents, now: number): Promise<void> {
    const waiting = (await this.list(documents, now)).filter(({ digest }) => digest !== change.digest);
    const own = waiting.filter(({ signedBy }) => signedBy.some((person) => change.signedBy.includes(person)));
    if (waiting.length >= MAX_PENDING || own.length >= MAX_OF_PERSON)
      throw new LetheError('too_many_requests', 'Too many changes wait already. Nothing was stored. Reject one first.');
    await makeDirectory(this.#directory);
    await replaceFiles([{ file: this.#file(change.digest), bytes: change.bytes }]);
  }

  /** Changes that may still be signed. One that no longer follows the newest, or expired, is removed. */
  async list(documents: Documents, now: number): Promise<Change[]> {
    const names = await readdir(this.#directory).catch(() => []);
    const changes: Change[] = [];
    for (const name of names.filter((one) => one.endsWith('.json')).toSorted()) {
      const bytes = await this.#read(name.replace('.json', ''));
      try {
        if (bytes) changes.push(await readChange(bytes, documents, now));
      } catch (error) {
        // Only what can never be signed again; anything else may be a fault of ours.
        if (!(error instanceof LetheError) || !OVER.has(error.code)) throw error;
        await this.remove(name.replace('.json', ''));
      }
    }
    return changes;
  }

  async remove(digest: string): Promise<void> {
    await makeDirectory(this.#directory);
    await rm(this.#file(digest), { force: true });
    await syncDirectory(this.#directory);
  }

  async #read(digest: string): Promise<Uint8Array | undefined> {
    return readFile(this.#file(digest)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
  }

  #file(digest: string): string {
    return join(this.#directory, `${digest}.json`);
  }
}
