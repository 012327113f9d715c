/** Waiting for something to become true, with a generous limit. */

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

const LIMIT_MS = 60_000;

/** Resolves with the first value that is neither false, null nor undefined. Fails with `what` after a minute. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
): Promise<Exclude<T, false | null | undefined>> {
  const end = performance.now() + LIMIT_MS;
  for (;;) {
    const value = await look();
    if (value !== false && value !== null && value !== undefined) return value as Exclude<T, false | null | undefined>;
    assert.ok(performance.now() < end, `waited in vain: ${what}`);
    await sleep(20);
  }
}
