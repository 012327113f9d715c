/** Keys of logs and witnesses with fixed seeds, so that a failing test fails again. */

import { Secret, signingPublicKey, utf8 } from '@lethe/core';
import { formatCheckpoint, signText } from '../../src/checkpoint.ts';
import { cosign } from '../../src/cosignature.ts';
import type { Hash } from '../../src/merkle.ts';
import { formatNote, formatVkey, type NoteKey, type NoteSignature, noteKey, SIGNATURE_TYPE } from '../../src/note.ts';

export interface Signer {
  key: NoteKey;
  seed: Secret;
  vkey: string;
}

/** The log or the witness of a name and a number from 1 to 255. */
export async function signer(name: string, number: number, type: number = SIGNATURE_TYPE.ed25519): Promise<Signer> {
  const seed = new Secret('node-sign', new Uint8Array(32).fill(number));
  const key = noteKey(name, type, await signingPublicKey(seed));
  return { key, seed, vkey: formatVkey(key) };
}

/** A witness. */
export const witness = (name: string, number: number): Promise<Signer> =>
  signer(name, number, SIGNATURE_TYPE.cosignatureV1);

/** A cosignature that is to stand under a checkpoint. */
export interface Seen {
  by: Signer;
  /** Seconds. */
  at: number;
}

/** The bytes of a note with the signatures of logs, then cosignatures. */
export async function signedText(
  text: string,
  logs: readonly Signer[],
  seen: readonly Seen[] = [],
): Promise<Uint8Array<ArrayBuffer>> {
  const signatures: NoteSignature[] = [
    ...(await Promise.all(logs.map(({ key, seed }) => signText(text, key, seed)))),
    ...(await Promise.all(seen.map(({ by, at }) => cosign(text, by.key, by.seed, at)))),
  ];
  return utf8(formatNote({ text, signatures }));
}

/** The bytes of a checkpoint that its log signed under its own name, and witnesses cosigned. */
export const signedCheckpoint = (
  log: Signer,
  size: number,
  root: Hash,
  seen: readonly Seen[] = [],
): Promise<Uint8Array<ArrayBuffer>> =>
  signedText(formatCheckpoint({ origin: log.key.name, size, root, extensions: [] }), [log], seen);
