/**
 * DSSE envelopes as Lethe logs them: canonical JSON in exactly one spelling.
 *
 * DSSE lets verifiers ignore unknown fields and accept two spellings of base64, so one set of signatures has many envelopes. The log
 * holds bytes, and what is approved must be what is logged: any other spelling is refused.
 */

import {
  fromBase64,
  type Json,
  LetheError,
  parseCanonical,
  preAuthEncoding,
  toHex,
  type VerifyKey,
  verifyWith,
} from '@lethe/core';
import { MAX_ENTRY } from '@lethe/tlog';
import { sha256 } from '@noble/hashes/sha2.js';
import { Shape } from './shape.ts';

/** The payload type of in-toto statements. */
export const STATEMENT_TYPE = 'application/vnd.in-toto+json';

const MAX_SIGNATURES = 16;

export interface OpenEnvelope {
  payload: Uint8Array<ArrayBuffer>;
  /** What signatures are over. */
  signed: Uint8Array<ArrayBuffer>;
  signatures: Uint8Array<ArrayBuffer>[];
  /** SHA-256 of the payload, hexadecimal: how other documents refer to this one, whatever signatures are added later. */
  digest: string;
}

/** Parses an envelope of an in-toto statement. Throws `too_large` over 65,535 bytes and `bad_envelope`. Verifies nothing. */
export function parseEnvelope(bytes: Uint8Array): OpenEnvelope {
  if (bytes.length > MAX_ENTRY) throw new LetheError('too_large', 'The envelope is longer than 65,535 bytes.');
  const shape = new Shape('bad_envelope', 'The envelope');
  const envelope = shape.object(canonical(bytes, shape), 'it', ['payload', 'payloadType', 'signatures']);
  if (envelope.payloadType !== STATEMENT_TYPE) shape.refuse('its payload is not an in-toto statement');
  const payload = base64(envelope.payload, 'payload', shape);
  const signatures = shape.list(envelope.signatures, 'signatures', MAX_SIGNATURES).map((item) => {
    const { keyid, sig } = shape.object(item, 'a signature', ['keyid', 'sig']);
    // Nobody signs this part: with free form it could carry anybody's text into the log.
    shape.text(keyid, 'a key id', 43, /^[A-Za-z0-9_-]{43}$/);
    const signature = base64(sig, 'a signature', shape);
    return signature.length === 64 ? signature : shape.refuse('a signature has not 64 bytes');
  });
  return { payload, signed: preAuthEncoding(STATEMENT_TYPE, payload), signatures, digest: toHex(sha256(payload)) };
}

/** True if one of the envelope's signatures is by the key. Key ids are hints that nobody signed, so they decide nothing. */
export async function isSignedBy(envelope: OpenEnvelope, key: VerifyKey): Promise<boolean> {
  for (const signature of envelope.signatures) if (await verifyWith(key, envelope.signed, signature)) return true;
  return false;
}

/** Parses canonical JSON; whatever is wrong with it is the document's refusal. */
export function canonical(bytes: Uint8Array, shape: Shape): Json {
  try {
    return parseCanonical(bytes);
  } catch (error) {
    // A document nested deeper than the stack ends as RangeError.
    return shape.refuse(error instanceof LetheError ? lower(error.message) : 'it is nested too deep');
  }
}

const lower = (sentence: string): string => sentence.charAt(0).toLowerCase() + sentence.slice(1).replace(/\.$/, '');

function base64(value: Json, path: string, shape: Shape): Uint8Array<ArrayBuffer> {
  if (typeof value !== 'string') return shape.refuse(`${path} is not text`);
  try {
    return fromBase64(value);
  } catch {
    return shape.refuse(`${path} is not canonical base64`);
  }
}
