/**
 * Changes on their way: releases and trust roots that some persons have signed and more must sign. Kept as files until enough have,
 * then logged. Signatures are the only authority: whoever hands one in is not asked who they are.
 */

import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LetheError } from '@lethe/core';
import {
  claimedType,
  mergeSignatures,
  openNextRoot,
  openRelease,
  PREDICATE,
  parseEnvelope,
  readTrustRoot,
  signersOf,
  type TrustRoot,
} from '@lethe/verify';
import type { Documents } from './documents.ts';
import { replaceFiles, syncDirectory } from './log/durable.ts';

/** Most changes that wait. */
const MAX_PENDING = 16;

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
 * Reads a change and checks that it would be the next of its kind, and that at least one person of the newest trust root signed it.
 * Throws `bad_envelope`, `bad_release`, `bad_trust_root`, `broken_chain`, `expired`, `too_few_approvals`.
 */
export async function readChange(bytes: Uint8Array, documents: Documents, now: number): Promise<Change> {
  const envelope = parseEnvelope(bytes);
  const root = newestRoot(documents);
  const kind = claimedType(envelope.payload) === PREDICATE.trustRoot ? 'root' : 'release';
  const { version, previous, origin, expires } =
    kind === 'root' ? await readTrustRoot(envelope) : openRelease(bytes).release;
  const before = kind === 'root' ? root : documents.releases.at(-1)?.release;
  if (origin !== root.origin || version !== (before?.version ?? 0) + 1 || previous !== (before?.digest ?? null))
    throw new LetheError(
      'broken_chain',
      'The change does not follow the newest of its kind. Nothing was stored. Propose it anew.',
    );
  if (kind === 'release' && openRelease(bytes).release.trustRoot !== root.version)
    throw new LetheError(
      'broken_chain',
      'The change is made under another trust root than the newest. Nothing was stored.',
    );
  if (expires <= now) throw new LetheError('expired', 'The change has expired. Nothing was stored.');
  const signedBy = await signersOf(envelope, root, kind);
  if (signedBy.length === 0)
    throw new LetheError('too_few_approvals', 'Nobody who may sign this has signed it. Nothing was stored.');
  return { kind, version, digest: envelope.digest, signedBy, needed: root.thresholds[kind], bytes };
}

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

  /** Stores a change, with the signatures that were there before. Returns it as it is now. Throws `too_many_requests` if too many wait. */
  async add(change: Change, documents: Documents, now: number): Promise<Change> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const known = await this.#read(change.digest);
    if (!known && (await readdir(this.#directory)).length >= MAX_PENDING)
      throw new LetheError('too_many_requests', 'Too many changes wait already. Nothing was stored. Reject one first.');
    const merged = known ? await readChange(mergeSignatures(known, change.bytes), documents, now) : change;
    await replaceFiles([{ file: this.#file(change.digest), bytes: merged.bytes }]);
    return merged;
  }

  /** Changes that may still be signed. One that no longer follows the newest, or expired, is removed. */
  async list(documents: Documents, now: number): Promise<Change[]> {
    const names = await readdir(this.#directory).catch(() => []);
    const changes: Change[] = [];
    for (const name of names.toSorted()) {
      const bytes = await this.#read(name.replace('.json', ''));
      try {
        if (bytes) changes.push(await readChange(bytes, documents, now));
      } catch {
        await this.remove(name.replace('.json', ''));
      }
    }
    return changes;
  }

  async remove(digest: string): Promise<void> {
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
