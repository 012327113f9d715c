/**
 * Nonces of signed requests, in memory. A nonce is kept until its signature is too old to be accepted anyway; signatures from before
 * the start of this process are refused, so that a restart forgets nothing that matters. With several control processes a captured
 * request could be replayed once at another one: every signed request is harmless when repeated (a counter, a voucher or the
 * server's id makes it the same request), so that this is a second line.
 */

import { LetheError, SIGNATURE_WINDOW_S, type VerifiedRequest } from '@lethe/core';

/** Nonces held at most; far above what the rate limit lets through in the window. */
const CAPACITY = 200_000;
/** Nonces of one requester (an address prefix) at most: whoever signs with ever new keys fills its own share, not everybody's. */
const SHARE = 25_000;

export class NonceCache {
  readonly #startedAt: number;
  readonly #capacity: number;
  readonly #share: number;
  /** Nonces of each requester in the young generation. */
  #shares = new Map<string, number>();
  /** Two generations of one full life each: the older one is dropped as a whole. */
  #young = new Set<string>();
  #old = new Set<string>();
  #turnedAt: number;

  /** `nowSeconds` is the Unix time at which the process starts to accept signatures. */
  constructor(nowSeconds: number, capacity = CAPACITY, share = SHARE) {
    this.#share = share;
    this.#startedAt = Math.floor(nowSeconds);
    this.#turnedAt = nowSeconds;
    this.#capacity = capacity;
  }

  /** Accepts a verified request once. Throws `replayed`, `signature_expired` for one from before the start, or `too_many_requests`. */
  accept({ keyid, nonce, created }: VerifiedRequest, nowSeconds: number, requester = ''): void {
    if (created <= this.#startedAt) {
      throw new LetheError('signature_expired', 'The service has just started again. Sign the request again.');
    }
    this.#turn(nowSeconds);
    const id = `${keyid}.${nonce}`;
    if (this.#young.has(id) || this.#old.has(id)) {
      throw new LetheError('replayed', 'This signed request was used before. Nothing was changed. Sign it again.');
    }
    // Forgetting a nonce early would let it be replayed: full means refuse, never evict.
    const held = this.#shares.get(requester) ?? 0;
    if (held >= this.#share || this.#young.size + this.#old.size >= this.#capacity) {
      throw new LetheError('too_many_requests', 'The service is busy. Wait a minute, then try again.');
    }
    this.#young.add(id);
    this.#shares.set(requester, held + 1);
  }

  /** A signature is accepted from `window` before its creation to `window` after it: its nonce must live for both. */
  #turn(nowSeconds: number): void {
    if (nowSeconds - this.#turnedAt < 2 * SIGNATURE_WINDOW_S) return;
    const skipped = nowSeconds - this.#turnedAt >= 4 * SIGNATURE_WINDOW_S;
    this.#old = skipped ? new Set() : this.#young;
    this.#young = new Set();
    this.#shares = new Map();
    this.#turnedAt = nowSeconds;
  }
}
