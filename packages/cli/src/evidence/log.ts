/** The evidence of a log: every entry of it, out of a tree that was rebuilt and compared. */

import { type FsckResult, fsck } from '@lethe/control/proof/log/fsck';
import { openReader } from '@lethe/control/proof/log/read';
import { LetheError } from '@lethe/core';
import type { ReadyPolicy } from '@lethe/tlog';
import { claimedType, type Evidence, PREDICATE, parseEnvelope, readEvidence } from '@lethe/verify';

export interface LoggedEvidence {
  log: FsckResult;
  /** By number of the entry; of two entries for one cell and epoch the first. */
  entries: Map<number, Evidence>;
  /** Entries that call themselves evidence and are none, or are second ones. */
  refused: number;
}

/** Reads the whole log. Throws what `fsck` throws. */
export async function readLoggedEvidence(
  where: string,
  policy: ReadyPolicy | undefined,
  onProgress: (done: number, size: number) => void,
): Promise<LoggedEvidence> {
  const entries = new Map<number, Evidence>();
  const seen = new Set<string>();
  let refused = 0;
  const log = await fsck(openReader(where), {
    ...(policy && { policy }),
    onProgress,
    onEntry(bytes, index) {
      const evidence = evidenceIn(bytes);
      if (evidence === null) return;
      const key = evidence && `${evidence.cell} ${evidence.begins} ${evidence.seconds}`;
      if (!evidence || seen.has(key!)) {
        refused += 1;
        return;
      }
      seen.add(key!);
      entries.set(index, evidence);
    },
  });
  for (const [index, { origin }] of entries)
    if (origin !== log.origin) {
      entries.delete(index);
      refused += 1;
    }
  return { log, entries, refused };
}

/** Null for an entry of another kind, undefined for evidence that is none. */
function evidenceIn(bytes: Uint8Array): Evidence | null | undefined {
  try {
    const envelope = parseEnvelope(bytes);
    if (claimedType(envelope.payload) !== PREDICATE.evidence) return null;
    return readEvidence(envelope);
  } catch (error) {
    if (!(error instanceof LetheError)) throw error;
    return error.code === 'bad_evidence' ? undefined : null;
  }
}
