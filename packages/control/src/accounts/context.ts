/** What the functions of the accounts plane work with. Nothing of the fleet plane is in reach from here. */

import type { Clock, EntitlementIssuer, Secret } from '@lethe/core';
import type { Kysely } from 'kysely';
import type { Attempts } from './attempts.ts';
import type { Mailer } from './mail.ts';
import type { AccountsTables } from './tables.ts';

export type AccountsDb = Kysely<AccountsTables>;

export interface AccountsContext {
  db: AccountsDb;
  clock: Clock;
  /** Key of the hashes of e-mail addresses and codes. */
  codeSecret: Secret<'token'>;
  issuer: EntitlementIssuer;
  mailer: Mailer;
  attempts: Attempts;
  /** Queues the work that takes a closed account out of the database's files, in the transaction that closes it. */
  forgetSoon(tx: AccountsDb): Promise<void>;
  /** True if the page is served over TLS, so that the cookie must not travel without it. */
  secureCookie: boolean;
}
