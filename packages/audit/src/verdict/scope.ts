/** Which claims a profile can decide, and for the others which one would. Data: nothing else decides what counts. */

import { type ClaimId, INSIDE_DECIDES } from '@lethe/core';

/** `quick`: configuration and live state. `standard`: also a client's marked traffic and the hunt for it. `full`: also what is left after the client went. */
export const PROFILES = ['quick', 'standard', 'full'] as const;
export type Profile = (typeof PROFILES)[number];

/** True if a profile does all that another one does. */
export const includes = (profile: Profile, other: Profile): boolean =>
  PROFILES.indexOf(profile) >= PROFILES.indexOf(other);

export interface Scope {
  decides: readonly ClaimId[];
  /** Why each other claim is out of scope, and what would decide it. */
  outOfScope: Partial<Record<ClaimId, string>>;
  /** True where what was found counts although the positive control was not: it then shows only that nothing can be confirmed. */
  contraryWithoutControl?: true;
}

const SERVICE = 'concerns the service, not one server; decided by an audit of a whole fleet';
const PROOF = 'needs the log of releases and approvals; decided by `lethe verify`';

const SERVER_SCOPE: Scope = {
  decides: ['CL-01', 'CL-02', 'CL-03', 'CL-04', 'CL-05', 'CL-06', 'CL-07', 'CL-10'],
  outOfScope: {
    'CL-08': 'the server is half of it: the control plane has to be examined too',
    'CL-09': SERVICE,
    'CL-11': PROOF,
    'CL-12': PROOF,
    'CL-13': PROOF,
    'CL-14': 'needs a look at everything that leaves the server, from outside of it',
    'CL-15': 'needs the memory of the machine; decided by `lethe seize` for our own servers',
    'CL-16': SERVICE,
    'CL-17': SERVICE,
    'CL-18': SERVICE,
    'CL-19': 'concerns the auditor itself, which keeps no data of users by construction',
  },
};

const RESOLVER = 'a server does not ask its resolver for the settings in force; decided by an audit over a shell';

/** A server that measures itself, without a client and without a look from outside. */
export const OWN_SERVER_SCOPE: Scope = {
  decides: INSIDE_DECIDES,
  contraryWithoutControl: true,
  outOfScope: {
    ...SERVER_SCOPE.outOfScope,
    'CL-01':
      'a program in the kernel whose loader has ended is not seen by what a server measures; decided by an audit over a shell',
    'CL-02': RESOLVER,
    'CL-05':
      'an action on packets that traffic control has at an interface is not seen by what a server measures; decided by an audit over a shell',
    'CL-03':
      'needs a client, and a name server that sees who asks for what; decided by the profile standard over a shell',
    'CL-06': RESOLVER,
    'CL-07': RESOLVER,
    'CL-10': RESOLVER,
  },
};

export const SCOPES: Record<Profile, Scope> = { quick: SERVER_SCOPE, standard: SERVER_SCOPE, full: SERVER_SCOPE };
