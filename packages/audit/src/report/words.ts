/** The words of a report, the same in every form of it. */

import type { Verdict } from '../verdict/judge.ts';

export const VERDICT_WORDS: Record<Verdict | 'none', string> = {
  confirmed: 'Confirmed',
  'not-confirmed': 'Not confirmed',
  'not-tested': 'Not tested',
  none: 'Out of scope',
};

export const PROFILE_LIMITS: Record<string, string> = {
  quick:
    'A quick audit reads configuration and live state. It sends no traffic, so a recorder that leaves no process, rule, file or setting to be seen is not found by it.',
};

/** What every report says about itself. */
export const INDEPENDENCE =
  'This is an examination by a tool, started by whoever ran it. It is no third-party audit and no certificate.';
