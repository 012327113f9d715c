/** Waiting for a condition, with a generous limit: a test that waits in vain fails with what it waited for. */

import { setTimeout as sleep } from 'node:timers/promises';

const LIMIT_MS = 60_000;

export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  limitMs = LIMIT_MS,
): Promise<void> {
  for (const end = performance.now() + limitMs; ; await sleep(20)) {
    let holds = false;
    try {
      holds = await condition();
    } catch {
      // Not yet there.
    }
    if (holds) return;
    if (performance.now() > end) throw new Error(`waited in vain until ${what}`);
  }
}
