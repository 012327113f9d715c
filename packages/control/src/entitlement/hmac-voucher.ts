/**
 * Vouchers by HMAC: a random nonce and an expiry day under a secret that both planes of one service hold. A stand-in for blind-signed
 * tokens behind the same interface. What it does not give: the process that issues a voucher sees its nonce. It stores nothing of it.
 */

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import {
  type Clock,
  dayOf,
  type EntitlementIssuer,
  type EntitlementRedeemer,
  LetheError,
  randomBytes,
  type Secret,
  toBase64Url,
} from '@lethe/core';

const FORMAT = /^v1\.([A-Za-z0-9_-]{43})\.(\d{4}-\d{2}-\d{2})\.([A-Za-z0-9_-]{43})$/;

const macOf = (secret: Secret<'voucher'>, nonce: string, expires: string): Buffer =>
  createHmac('sha256', secret.reveal()).update(`lethe voucher v1\n${nonce}\n${expires}`).digest();

/** The first day of the month after next: the same for every voucher of a month, so that it tells no more than the month. */
function expiryOf(today: string): string {
  const [year, month] = today.split('-').map(Number) as [number, number];
  return dayOf(Date.UTC(year, month + 1, 1));
}

/** Accounts side. Stores nothing. */
export function hmacIssuer(secret: Secret<'voucher'>, clock: Clock): EntitlementIssuer {
  return {
    async issue() {
      const nonce = toBase64Url(randomBytes(32));
      const expires = expiryOf(dayOf(clock.now()));
      return `v1.${nonce}.${expires}.${toBase64Url(macOf(secret, nonce, expires))}`;
    },
  };
}

/** Fleet side. Good up to and including the expiry day. */
export function hmacRedeemer(secret: Secret<'voucher'>): EntitlementRedeemer {
  return {
    async check(token, today) {
      const [, nonce, expires, mac] = FORMAT.exec(token) ?? [];
      if (nonce === undefined || expires === undefined || mac === undefined) throw refused('text is not a voucher');
      const expected = macOf(secret, nonce, expires);
      // Compared as text: base64url has several spellings of the last character, and only ours may pass.
      if (!timingSafeEqual(Buffer.from(toBase64Url(expected)), Buffer.from(mac)))
        throw refused('voucher was not issued by this service');
      if (expires < today) throw refused('voucher has expired');
      return { spentKey: createHash('sha256').update(`lethe spent\n${nonce}`).digest(), expires };
    },
  };
}

const refused = (why: string): LetheError =>
  new LetheError('bad_voucher', `This ${why}. Nothing was changed. Ask for a new voucher.`);
