/** Canonical JSON (RFC 8785, JCS) for the values Lethe signs: objects, arrays, strings, booleans, null and safe integers. */

import { fromUtf8, utf8 } from './bytes.ts';
import { LetheError } from './errors.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** RFC 8785 text of a value. Throws `bad_request` for numbers that are not safe integers and for lone surrogates. */
export function canonicalize(value: Json): string {
  if (value === null || typeof value === 'boolean') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new LetheError('bad_request', 'Only safe integers can be signed.');
    return JSON.stringify(value === 0 ? 0 : value);
  }
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new LetheError('bad_request', 'The text has a lone surrogate.');
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalize).join(',')}]`;
  const keys = Object.keys(value).toSorted();
  return `{${keys.map((key) => `${canonicalize(key)}:${canonicalize(value[key]!)}`).join(',')}}`;
}

/** Canonical bytes of a value. */
export const canonicalBytes = (value: Json): Uint8Array<ArrayBuffer> => utf8(canonicalize(value));

/**
 * Parses bytes that must already be canonical, so that one value has one spelling and duplicate keys, other number spellings and
 * white space are refused. Throws `bad_encoding`.
 */
export function parseCanonical(bytes: Uint8Array): Json {
  const text = fromUtf8(bytes);
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    throw new LetheError('bad_encoding', 'The document is not JSON.');
  }
  if (canonicalize(value) !== text) throw new LetheError('bad_encoding', 'The document is not canonical JSON.');
  return value;
}
