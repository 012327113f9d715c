/**
 * Cosignatures (C2SP tlog-cosignature, Ed25519 "cosignature/v1"): a witness says that at a time the largest consistent tree it has
 * seen of this log has this root. The message does not name the witness, so one key must never stand under two names.
 */

import { concat, importVerifyKey, LetheError, type Secret, sign, utf8, verifyWith } from '@lethe/core';
import { type NoteKey, type NoteSignature, type NoteVerifier, SIGNATURE_TYPE } from './note.ts';

/** Bytes of a cosignature behind the key id: time and signature. */
const COSIGNATURE_SIZE = 8 + 64;

/** What a witness signs: a header, the time in seconds since 1970, and the checkpoint's text. */
const message = (text: string, time: number): Uint8Array<ArrayBuffer> => utf8(`cosignature/v1\ntime ${time}\n${text}`);

/** A witness's line under a checkpoint. `time` in seconds. */
export async function cosign(text: string, key: NoteKey, seed: Secret, time: number): Promise<NoteSignature> {
  if (key.type !== SIGNATURE_TYPE.cosignatureV1)
    throw new LetheError('bad_policy', 'The key is not the key of a witness.');
  const stamp = new Uint8Array(8);
  new DataView(stamp.buffer).setBigUint64(0, BigInt(time));
  return { name: key.name, id: key.id, signature: concat(stamp, await sign(seed, message(text, time))) };
}

/** The time of a cosignature in seconds, or undefined if it has another length or a time beyond 2^53. */
export function cosignatureTime(signature: Uint8Array): number | undefined {
  if (signature.length !== COSIGNATURE_SIZE) return undefined;
  const time = new DataView(signature.buffer, signature.byteOffset).getBigUint64(0);
  return time <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(time) : undefined;
}

/** Verifier of a witness's cosignatures. Throws `bad_public_key`, `bad_policy` for another type of key. */
export async function cosignatureVerifier(key: NoteKey): Promise<NoteVerifier> {
  if (key.type !== SIGNATURE_TYPE.cosignatureV1)
    throw new LetheError('bad_policy', 'The key is not the key of a witness.');
  const imported = await importVerifyKey(key.publicKey);
  return {
    key,
    async verify(text, signature) {
      const time = cosignatureTime(signature);
      return time !== undefined && verifyWith(imported, message(text, time), signature.subarray(8));
    },
  };
}
