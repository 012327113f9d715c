/**
 * Chance that can be had again: a verdict must follow from the saved answers alone. Only for draws that nobody gains from knowing, never
 * for the pattern that is sent.
 */

import { createCipheriv } from 'node:crypto';
import type { Random } from './pattern.ts';

/** The key stream of AES-128 in counter mode; the seed is a whole number below 2^32. */
export function seeded(seed: number): Random {
  const key = Buffer.alloc(16);
  key.writeUInt32BE(seed >>> 0);
  const cipher = createCipheriv('aes-128-ctr', key, Buffer.alloc(16));
  return (bytes) => cipher.update(Buffer.alloc(bytes));
}
