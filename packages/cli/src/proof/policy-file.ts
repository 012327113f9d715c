/** The policy on the verifier's side: the one thing that must not come from whom it is held against. */

import { readFile } from 'node:fs/promises';
import { LetheError } from '@lethe/core';
import { parsePolicy, type ReadyPolicy, readyPolicy } from '@lethe/tlog';

/** Reads a tlog-policy from a file. Throws `bad_request` if it cannot be read, `bad_policy`, `bad_public_key`. */
export async function readPolicyFile(file: string): Promise<ReadyPolicy> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    throw new LetheError('bad_request', `The policy ${file} cannot be read. Nothing was verified.`, { cause });
  }
  return readyPolicy(parsePolicy(bytes));
}

/** The refusal where no policy was given. */
export const policyNeeded = (): LetheError =>
  new LetheError(
    'bad_request',
    'Name the log and the witnesses you trust with --policy FILE. Nothing was verified. A log serves its own as LOG/policy: compare what you get with what others have before you keep it.',
  );
