/**
 * How often somebody may ask for a code and try one, counted in memory for each address and requester. A requester is the key of the
 * rate limits: what a stranger does with somebody's address uses up the stranger's share, not the customer's.
 */

import { createHmac, randomBytes } from 'node:crypto';
import type { Clock } from '@lethe/core';

export interface Attempts {
  /** Counts a mail to an address. False if the requester, or everybody together, had the share for now: no mailbox is filled from here. */
  mayMail(email: string, requester: string): boolean;
  /** False if this requester tried too many wrong codes for the address for now. */
  mayTry(email: string, requester: string): boolean;
  /** Counts a wrong code. */
  failed(email: string, requester: string): void;
}

const WINDOW_MS = 10 * 60_000;
const MAILS_PER_REQUESTER = 5;
export const MAILS_PER_ADDRESS = 15;
const TRIES_PER_REQUESTER = 5;

export function attempts(clock: Clock): Attempts {
  // Under a key that this process forgets, so that memory holds no list of addresses.
  const key = randomBytes(32);
  let window = 0;
  let counts = new Map<string, number>();
  const count = (what: string, ...of: string[]) => {
    const current = Math.floor(clock.now() / WINDOW_MS);
    if (current !== window) {
      window = current;
      counts = new Map();
    }
    const id = createHmac('sha256', key)
      .update(JSON.stringify([what, ...of]))
      .digest('base64');
    return { now: counts.get(id) ?? 0, add: () => void counts.set(id, (counts.get(id) ?? 0) + 1) };
  };
  return {
    mayMail(email, requester) {
      const own = count('mail', email, requester);
      const all = count('mail', email);
      if (own.now >= MAILS_PER_REQUESTER || all.now >= MAILS_PER_ADDRESS) return false;
      own.add();
      all.add();
      return true;
    },
    mayTry: (email, requester) => count('wrong', email, requester).now < TRIES_PER_REQUESTER,
    failed: (email, requester) => count('wrong', email, requester).add(),
  };
}
