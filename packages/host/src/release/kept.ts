/** The newest release that this host accepted, on disk with all its proofs: a restart, or a server that is born again, asks nobody. */

import { readFile } from 'node:fs/promises';
import {
  canonicalBytes,
  fromBase64,
  type Json,
  LetheError,
  type LoggedRootText,
  type LoggedText,
  parseCanonical,
  toBase64,
} from '@lethe/core';
import { type Seen, Shape } from '@lethe/verify';
import { writeDurably } from '../sealed/files.ts';

export interface Kept {
  /** Pinned at first sight: text of the policy under which the first trust root stands. */
  policy: string;
  roots: LoggedRootText[];
  release: LoggedText;
  seen: Seen;
}

/** Reads what was kept; undefined at first. Throws `bad_release` if the file is damaged: nothing starts then, and it is left as it is. */
export async function readKept(file: string): Promise<Kept | undefined> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!bytes) return undefined;
  try {
    return parse(bytes);
  } catch (cause) {
    throw new LetheError(
      'bad_release',
      'The file host/release.json is damaged, so this host does not know which release it accepted last. No server was started. Restore the file.',
      { cause },
    );
  }
}

function parse(bytes: Uint8Array): Kept {
  const shape = new Shape('bad_release', 'The kept release');
  const kept = shape.object(parseCanonical(bytes), 'it', ['policy', 'roots', 'release', 'seen']);
  const logged = (value: Json): LoggedText => {
    const { envelope, proof } = shape.object(value, 'a document', ['envelope', 'proof']);
    return { envelope: shape.text(envelope, 'envelope', 65_535), proof: shape.text(proof, 'proof', 80_000) };
  };
  const loggedRoot = (value: Json): LoggedRootText => {
    const { firstProof, ...rest } = shape.object(value, 'a root', ['envelope', 'proof', 'firstProof']);
    return { ...logged(rest), firstProof: shape.text(firstProof, 'firstProof', 80_000) };
  };
  const seen = shape.object(kept.seen, 'seen', [
    'size',
    'root',
    'version',
    'digest',
    'trustRoot',
    'rootDigest',
    'time',
  ]);
  return {
    policy: shape.text(kept.policy, 'policy', 32_768),
    roots: shape.list(kept.roots, 'roots', 1000, 1).map(loggedRoot),
    release: logged(kept.release),
    seen: {
      size: shape.integer(seen.size, 'size', 1),
      root: fromBase64(shape.text(seen.root, 'root', 44)),
      version: shape.integer(seen.version, 'version', 1),
      digest: shape.digest(seen.digest, 'digest'),
      trustRoot: shape.integer(seen.trustRoot, 'trustRoot', 1),
      rootDigest: shape.digest(seen.rootDigest, 'rootDigest'),
      time: shape.integer(seen.time, 'time', 0),
    },
  };
}

/** Replaces what is kept; on disk when it returns. Throws `disk_full` or `internal`; the old one stays then. */
export async function writeKept(file: string, { seen, ...rest }: Kept): Promise<void> {
  const value = { ...rest, seen: { ...seen, root: toBase64(seen.root) } };
  await writeDurably(file, canonicalBytes(value as unknown as Json));
}
