/** One full verification from bytes, as a stranger's first: keys are checked and imported each time. Runs in Node and in the browser. */

import { parsePolicy, readyPolicy } from '@lethe/tlog';
import { openFirstRoot, verifyRelease } from '@lethe/verify';

export interface Input {
  policy: Uint8Array;
  rootEnvelope: Uint8Array;
  envelope: Uint8Array;
  proof: Uint8Array;
  now: number;
}

/** Milliseconds of one verification: with the keys to be checked first, and with keys that were checked before. Throws if it is refused. */
export async function timeVerification(input: Input): Promise<{ coldMs: number; warmMs: number }> {
  const start = performance.now();
  const root = await openFirstRoot(input.rootEnvelope);
  const policy = await readyPolicy(parsePolicy(input.policy));
  const { envelope, proof, now } = input;
  await verifyRelease({ envelope, proof, root, policies: [policy], now });
  const cold = performance.now();
  await verifyRelease({ envelope, proof, root, policies: [policy], now });
  return { coldMs: cold - start, warmMs: performance.now() - cold };
}
