/** Changes by what a person calls them: the beginning of an id, or a file. */

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { LetheError } from '@lethe/core';
import { MAX_ENTRY } from '@lethe/tlog';
import { parseEnvelope } from '@lethe/verify';
import type { ProofClient } from './service.ts';

/** Enough of an id that nobody makes another change with it by trying. */
const ID = /^[0-9a-f]{16,64}$/;

/**
 * The envelope of the one change that waits whose id begins so; ids are computed here, from the bytes. Throws `bad_request`, `not_found`.
 */
export async function waitingChange(client: ProofClient, id: string): Promise<Uint8Array> {
  if (!ID.test(id))
    throw new LetheError(
      'bad_request',
      'An id is 16 to 64 hexadecimal digits. See: lethe change list. Nothing was signed.',
    );
  const found = (await client.waiting()).filter((bytes) => digestOf(bytes)?.startsWith(id));
  if (found.length > 1)
    throw new LetheError('bad_request', 'More than one change has an id that begins so. Give all of it.');
  if (!found[0])
    throw new LetheError('not_found', 'No change with that id waits. See: lethe change list. Nothing was signed.');
  return found[0];
}

/** As `waitingChange`, or the bytes of a file. */
export async function changeOrFile(client: ProofClient, reference: string): Promise<Uint8Array> {
  if (ID.test(reference)) return waitingChange(client, reference);
  try {
    return readFileSync(resolve(reference)).subarray(0, MAX_ENTRY + 1);
  } catch (cause) {
    throw new LetheError('bad_request', 'That is neither the id of a change nor a file that can be read.', { cause });
  }
}

function digestOf(bytes: Uint8Array): string | undefined {
  try {
    return parseEnvelope(bytes).digest;
  } catch {
    return undefined;
  }
}
