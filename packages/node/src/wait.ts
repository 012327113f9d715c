/** Waiting, with a limit. */

import { setTimeout as sleep } from 'node:timers/promises';

const STEP_MS = 20;

/** Asks again and again until the answer is true. Throws once the limit has passed. */
export async function waitFor(what: () => boolean | Promise<boolean>, limitMs: number): Promise<void> {
  for (const end = performance.now() + limitMs; !(await what()); ) {
    if (performance.now() > end) throw new Error('waited too long');
    await sleep(STEP_MS);
  }
}
