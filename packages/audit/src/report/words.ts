/** The words of a report, the same in every form of it. */

import type { Verdict } from '../verdict/judge.ts';
import type { Profile } from '../verdict/scope.ts';

export const VERDICT_WORDS: Record<Verdict | 'none', string> = {
  confirmed: 'Confirmed',
  'not-confirmed': 'Not confirmed',
  'not-tested': 'Not tested',
  none: 'Out of scope',
};

const CLIENT =
  'A client of the auditor sent marked traffic through the server; it was then looked for in files that changed, in files without a name, in the memory of all processes and in tables of the kernel, and counters of all processes were held against the secret pattern in which it had been sent.';

export const PROFILE_LIMITS: Record<Profile, string> = {
  quick:
    'A quick audit reads configuration and live state. It sends no traffic, so a recorder that leaves no process, rule, file or setting to be seen is not found by it.',
  standard: `${CLIENT} A recorder that writes later than a few seconds, or in batches longer than about a second, may be missed: the profile full gives it more time.`,
  full: `${CLIENT} All of it was looked for again after the client had left for longer than a handshake lasts. A recorder that keeps what it saw in the memory of a program that passes the traffic, or that sends it away, may be missed.`,
};

/** What every report says about itself. */
export const INDEPENDENCE =
  'This is an examination by a tool, started by whoever ran it. It is no third-party audit and no certificate.';
