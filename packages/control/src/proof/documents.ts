/**
 * The documents of the log that others need by name: trust roots and releases, each with its proof, as static files beside the tiles.
 *
 * They are a convenience: everything in them is in the log, and they are written again from it at each start.
 */

import { join } from 'node:path';
import { LetheError } from '@lethe/core';
import {
  formatProof,
  parseEntries,
  proveInclusion,
  TILE_WIDTH,
  type Tile,
  type TileHashes,
  tileWidth,
} from '@lethe/tlog';
import {
  claimedType,
  type Evidence,
  openRelease,
  PREDICATE,
  parseEnvelope,
  type Release,
  readAlarm,
  readEvidence,
  readRejection,
  readTrustRoot,
  type TrustRoot,
} from '@lethe/verify';
import { replaceFiles } from './log/durable.ts';

/** A trust root or release of the log. */
export interface LoggedDocument {
  kind: 'root' | 'release';
  version: number;
  /** Number of the entry. */
  index: number;
  /** Exact bytes of the envelope. */
  bytes: Uint8Array;
}

/** Where a document is served below the log's address. */
export const documentPath = ({ kind, version }: Pick<LoggedDocument, 'kind' | 'version'>): string =>
  `${kind}/${version}.json`;

/** What the log holds, in order of the entries. Later entries with a version that is taken are ignored: the first counts. */
export class Documents {
  readonly roots: { document: LoggedDocument; root: TrustRoot }[] = [];
  readonly releases: { document: LoggedDocument; release: Release }[] = [];
  /** Digests of changes that somebody rejected. */
  readonly rejected = new Set<string>();
  /** Digests of the alarms. */
  readonly alarms = new Set<string>();
  /** The first evidence of each cell and epoch. */
  readonly evidence = new Map<string, { index: number; digest: string }>();

  /** Takes an entry; what is of no known kind is left. */
  async add(bytes: Uint8Array, index: number): Promise<void> {
    try {
      const envelope = parseEnvelope(bytes);
      const type = claimedType(envelope.payload);
      if (type === PREDICATE.trustRoot) {
        const root = await readTrustRoot(envelope);
        if (root.version === this.roots.length + 1)
          this.roots.push({ document: { kind: 'root', version: root.version, index, bytes }, root });
      }
      if (type === PREDICATE.rejection) this.rejected.add(readRejection(envelope).change);
      if (type === PREDICATE.alarm) {
        readAlarm(envelope);
        this.alarms.add(envelope.digest);
      }
      if (type === PREDICATE.evidence) {
        const key = evidenceKey(readEvidence(envelope));
        if (!this.evidence.has(key)) this.evidence.set(key, { index, digest: envelope.digest });
      }
      if (type === PREDICATE.release) {
        const { release } = openRelease(bytes);
        if (release.version === this.releases.length + 1)
          this.releases.push({ document: { kind: 'release', version: release.version, index, bytes }, release });
      }
    } catch (error) {
      // An entry of another kind or time is no reason not to start.
      if (!(error instanceof LetheError)) throw error;
    }
  }

  get all(): LoggedDocument[] {
    return [...this.roots, ...this.releases].map(({ document }) => document);
  }
}

/** What there is one evidence for. */
export const evidenceKey = ({ cell, begins, seconds }: Pick<Evidence, 'cell' | 'begins' | 'seconds'>): string =>
  `${cell} ${begins} ${seconds}`;

/** Reads all entries of a log from its bundles. */
export async function* readEntries(
  readTile: (tile: Tile) => Promise<Uint8Array | undefined>,
  size: number,
): AsyncGenerator<{ index: number; bytes: Uint8Array }> {
  for (let bundle = 0; bundle * TILE_WIDTH < size; bundle += 1) {
    const width = tileWidth('entries', bundle, size);
    const bytes = await readTile({ level: 'entries', index: bundle, width });
    if (!bytes) throw new LetheError('log_broken', 'A bundle of entries of the log is missing. Run lethe log fsck.');
    for (const [i, entry] of parseEntries(bytes, width).entries())
      yield { index: bundle * TILE_WIDTH + i, bytes: entry };
  }
}

/** Where the proof of a root lies that its first witnesses signed. */
export const firstProofPath = (version: number): string =>
  `${documentPath({ kind: 'root', version })}.first.tlog-proof`;

/** Writes the proof of one document under a checkpoint to a path. */
export async function writeProof(
  file: string,
  { index }: LoggedDocument,
  checkpoint: Uint8Array<ArrayBuffer>,
  hashes: TileHashes,
): Promise<void> {
  const proof = formatProof({ index, hashes: await proveInclusion(hashes, index), checkpoint });
  await replaceFiles([{ file, bytes: proof }]);
}

/** Writes documents and their proofs under a published checkpoint. */
export async function writeDocuments(
  directory: string,
  documents: readonly LoggedDocument[],
  checkpoint: Uint8Array<ArrayBuffer>,
  hashes: TileHashes,
): Promise<void> {
  const files = [];
  for (const document of documents) {
    if (document.index >= hashes.size) continue;
    const file = join(directory, documentPath(document));
    const proof = formatProof({
      index: document.index,
      hashes: await proveInclusion(hashes, document.index),
      checkpoint,
    });
    files.push({ file, bytes: document.bytes }, { file: `${file}.tlog-proof`, bytes: proof });
  }
  await replaceFiles(files);
}
