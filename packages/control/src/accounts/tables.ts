/** Rows of the accounts plane. Every column is declared with its meaning in spec/stored-fields.json; a test holds the two together. */

import type { Generated } from 'kysely';
import type { Plane } from '../db/tidy.ts';

export const ACCOUNTS_PLANE: Plane = {
  schema: 'accounts',
  tables: ['accounts', 'sessions', 'codes'],
  jobs: 'accounts_jobs',
};

export interface AccountsTables {
  accounts: {
    /** Random; never leaves this plane. */
    id: Generated<string>;
    /** Normalized. */
    email: string;
    created_on: string;
    plan: Generated<string>;
    plan_active: Generated<boolean>;
    servers_per_period: Generated<number>;
    period_start: string;
    issued: Generated<number>;
    vault_version: Generated<number>;
    vault: string | null;
  };
  sessions: {
    token_hash: Buffer;
    account_id: string;
    expires_on: string;
  };
  codes: {
    email_key: Buffer;
    /** Counts the codes of an address that are stored. */
    number: number;
    code_mac: Buffer;
    tries_left: number;
    requested_on: string;
  };
}
