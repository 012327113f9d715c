/**
 * The one thing that passes from the accounts plane to the fleet plane. Neither side's storage may hold anything that joins a
 * token to an account: the issuer keeps only how many it gave out, the redeemer only that a token is spent.
 */

/** Accounts side. */
export interface EntitlementIssuer {
  /** A one-time token for one server lease, opaque to its holder. */
  issue(): Promise<string>;
}

/** Fleet side. */
export interface EntitlementRedeemer {
  /**
   * Checks a token and returns the key under which the fleet stores it as spent. The caller inserts that key in the same
   * transaction that creates the lease; a duplicate is a spent token. Throws `bad_voucher`.
   */
  check(token: string, today: string): Promise<{ spentKey: Uint8Array; expires: string }>;
}
