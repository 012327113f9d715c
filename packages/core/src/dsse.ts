/** DSSE v1 envelopes (secure-systems-lab/dsse, protocol.md): a payload, its type, and Ed25519 signatures over both. */

import { concat, fromBase64, fromBase64Url, toBase64, utf8 } from './bytes.ts';
import { sign, verify } from './ed25519.ts';
import { LetheError } from './errors.ts';
import type { Secret } from './secret.ts';

export interface DsseEnvelope {
  payloadType: string;
  /** Standard base64 of the payload bytes. */
  payload: string;
  /** `keyid` is the base64url public key; a hint only, never trusted. */
  signatures: { keyid: string; sig: string }[];
}

/** Pre-authentication encoding: `DSSEv1 SP LEN(type) SP type SP LEN(body) SP body`. */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const type = utf8(payloadType);
  return concat(utf8(`DSSEv1 ${type.length} `), type, utf8(` ${payload.length} `), payload);
}

/** Signs a payload with one key. `keyid` is the base64url public key of that seed. */
export async function signEnvelope(
  payloadType: string,
  payload: Uint8Array,
  seed: Secret,
  keyid: string,
): Promise<DsseEnvelope> {
  const signature = await sign(seed, preAuthEncoding(payloadType, payload));
  return { payloadType, payload: toBase64(payload), signatures: [{ keyid, sig: toBase64(signature) }] };
}

/**
 * The payload bytes, if the envelope has the expected type and a signature by the given key (base64url).
 * Throws `bad_signature` otherwise and `bad_encoding` for broken base64.
 */
export async function openEnvelope(
  envelope: DsseEnvelope,
  payloadType: string,
  publicKey: string,
): Promise<Uint8Array<ArrayBuffer>> {
  if (envelope.payloadType !== payloadType)
    throw new LetheError('bad_signature', 'The signed document is of another type.');
  const payload = fromBase64(envelope.payload);
  const message = preAuthEncoding(payloadType, payload);
  const key = fromBase64Url(publicKey);
  for (const { sig } of envelope.signatures.slice(0, 8)) {
    if (await verify(key, message, fromBase64(sig))) return payload;
  }
  throw new LetheError('bad_signature', 'The document is not signed by the expected key.');
}
