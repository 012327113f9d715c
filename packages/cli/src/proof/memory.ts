/** What a verifier remembers of a log between two visits, in a file of its own: it must never see less, or something else. */

import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeDirectory, replaceFiles } from '@lethe/control/proof/log/durable';
import { canonicalBytes, fromBase64, LetheError, parseCanonical, toBase64 } from '@lethe/core';
import { type Seen, Shape } from '@lethe/verify';

const SEEN_FIELDS = ['size', 'root', 'version', 'digest', 'trustRoot', 'rootDigest', 'time'] as const;

/** Reads what was seen; undefined at the first visit. Throws `bad_request` for a damaged file, which is left as it is. */
export async function readSeen(file: string): Promise<Seen | undefined> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new LetheError('bad_request', `The file ${file} cannot be read. Nothing was verified.`, { cause: error });
  });
  if (!bytes) return undefined;
  const shape = new Shape('bad_request', `The file ${file}`);
  try {
    const seen = shape.object(parseCanonical(bytes), 'it', SEEN_FIELDS);
    return {
      size: shape.integer(seen.size, 'size', 0),
      root: fromBase64(shape.text(seen.root, 'root', 44)),
      version: shape.integer(seen.version, 'version', 0),
      digest: shape.digest(seen.digest, 'digest'),
      trustRoot: shape.integer(seen.trustRoot, 'trustRoot', 1),
      rootDigest: shape.digest(seen.rootDigest, 'rootDigest'),
      time: shape.integer(seen.time, 'time', 0),
    };
  } catch (cause) {
    throw new LetheError('bad_request', `The file ${file} is damaged. Nothing was verified; it was left as it is.`, {
      cause,
    });
  }
}

/** Replaces what was seen, durably. */
export async function writeSeen(file: string, seen: Seen): Promise<void> {
  await makeDirectory(dirname(file));
  await replaceFiles([{ file, bytes: canonicalBytes({ ...seen, root: toBase64(seen.root) }) }]);
}
