/** Waiting for a condition, with a generous limit, instead of waiting for a time. */

import { setTimeout as sleep } from 'node:timers/promises';
import { LetheError } from '@lethe/core';

/**
 * Asks `probe` until it answers something truthy, and returns that. Throws `timeout` with `what` in the message after `limitMs`.
 * An error of the probe counts as "not yet"; the last one becomes the cause.
 */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  limitMs = 30_000,
  stepMs = 50,
): Promise<T & {}> {
  const end = performance.now() + limitMs;
  let cause: unknown;
  for (;;) {
    try {
      const answer = await probe();
      if (answer) return answer;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > end) throw new LetheError('timeout', `Waited in vain: ${what}.`, { cause });
    await sleep(stepMs);
  }
}
