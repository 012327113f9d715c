/** Random bytes from the platform's cryptographic generator, in Node and in browsers. */

import { toBase64Url, toHex } from './bytes.ts';

export function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(length));
}

/** A new server id: 128 random bits, 32 hexadecimal digits. Chosen by the customer's side, so that a retried create is the same create. */
export const newServerId = (): string => toHex(randomBytes(16));

/** A new one-time token: 256 random bits as base64url. */
export const newToken = (): string => toBase64Url(randomBytes(32));
