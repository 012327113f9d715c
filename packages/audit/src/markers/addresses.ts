/** IP addresses as bytes and as the texts that programs print. */

import { isIPv4, isIPv6 } from 'node:net';
import { LetheError } from '@lethe/core';

/** 4 or 16 bytes in network order. Throws `bad_request`. */
export function packAddress(address: string): Uint8Array {
  if (isIPv4(address)) return Uint8Array.from(address.split('.'), Number);
  if (!isIPv6(address) || address.includes('.') || address.includes('%'))
    throw new LetheError('bad_request', 'A marker has an address that is none. Nothing was searched.');
  const [head = '', tail] = address.split('::');
  const words = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((word) => Number.parseInt(word, 16));
  const [left, right] = [words(head), words(tail ?? '')];
  const all = [...left, ...Array.from<number>({ length: 8 - left.length - right.length }).fill(0), ...right];
  return Uint8Array.from(all.flatMap((word) => [word >> 8, word & 255]));
}

/** The usual text, and for IPv6 the one without abbreviation too. */
export function textForms(packed: Uint8Array): string[] {
  if (packed.length === 4) return [packed.join('.')];
  const words = Array.from({ length: 8 }, (_, index) => (packed[2 * index]! << 8) | packed[2 * index + 1]!);
  const full = words.map((word) => word.toString(16).padStart(4, '0')).join(':');
  const short = new URL(`http://[${full}]/`).hostname.slice(1, -1);
  return [...new Set([short, full])];
}
