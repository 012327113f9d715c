/** Signed notes and their keys (C2SP signed-note): a text, and lines with signatures of it. */

import type { VerifyKey } from '@lethe/core';
import {
  concat,
  fromBase64,
  fromUtf8,
  importVerifyKey,
  LetheError,
  toBase64,
  toHex,
  utf8,
  verifyWith,
} from '@lethe/core';
import { sha256 } from '@noble/hashes/sha2.js';

/** Longest note that is read, bytes. A checkpoint with 16 ML-DSA-44 cosignatures has about 53,000. */
export const MAX_NOTE = 65_536;

/** Signature lines that are looked at; the specification asks for 16 at least. */
const MAX_SIGNATURES = 64;

/** Signature types of the specification. Only `ed25519` and `cosignatureV1` can be verified here; others are read and not counted. */
export const SIGNATURE_TYPE = { ed25519: 0x01, cosignatureV1: 0x04, cosignatureMlDsa44: 0x06 } as const;

/** A verifier key ("vkey"): who signs, and with what. */
export interface NoteKey {
  name: string;
  /** First four bytes of SHA-256 over name, new line, type and public key, as a number. */
  id: number;
  type: number;
  publicKey: Uint8Array<ArrayBuffer>;
}

/** A signature line: `— name base64(id || signature)`. */
export interface NoteSignature {
  name: string;
  id: number;
  signature: Uint8Array<ArrayBuffer>;
}

export interface Note {
  /** What was signed, ending with a new line. */
  text: string;
  signatures: NoteSignature[];
}

/** A key of a name. Throws `bad_policy` for a name with spaces or `+`. */
export function noteKey(name: string, type: number, publicKey: Uint8Array): NoteKey {
  if (!isKeyName(name)) throw new LetheError('bad_policy', 'The name of a key is empty or has spaces or a plus sign.');
  const hash = sha256(concat(utf8(`${name}\n`), Uint8Array.of(type), publicKey));
  return { name, type, id: readId(hash), publicKey: new Uint8Array(publicKey) };
}

/** `name+0a1b2c3d+base64(type || public key)`. */
export const formatVkey = (key: NoteKey): string =>
  `${key.name}+${idText(key.id)}+${toBase64(concat(Uint8Array.of(key.type), key.publicKey))}`;

/** Parses a vkey and checks its id. The base64 may hold `+`, so only the first two of them separate. Throws `bad_policy`. */
export function parseVkey(text: string): NoteKey {
  const match = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/su.exec(text);
  const bytes = match ? decode(match[3]!) : undefined;
  if (!match || !bytes || bytes.length < 2)
    throw new LetheError('bad_policy', 'A key is not of the form name+id+base64.');
  const key = noteKey(match[1]!, bytes[0]!, bytes.subarray(1));
  if (idText(key.id) !== match[2])
    throw new LetheError('bad_policy', 'The id of a key does not fit its name and bytes.');
  const size = { 1: 32, 4: 32, 6: 1312 }[key.type];
  if (size !== undefined && key.publicKey.length !== size)
    throw new LetheError('bad_policy', 'A key has not the length of its type.');
  return key;
}

/** Parses a note. Its text ends before the last empty line. Throws `bad_note`, `too_large`. */
export function parseNote(bytes: Uint8Array): Note {
  if (bytes.length > MAX_NOTE) throw new LetheError('too_large', 'The note is longer than 65,536 bytes.');
  const all = asText(bytes);
  const end = all.lastIndexOf('\n\n');
  if (end < 0 || !all.endsWith('\n') || hasControl(all)) throw badNote();
  const lines = all.slice(end + 2, -1).split('\n');
  if (lines.length > MAX_SIGNATURES) throw new LetheError('too_large', 'The note has more than 64 signatures.');
  return { text: all.slice(0, end + 1), signatures: lines.map(parseSignatureLine) };
}

/** Parses one line `— name base64`. Throws `bad_note`. */
export function parseSignatureLine(line: string): NoteSignature {
  const match = /^— ([^ ]+) ([^ ]+)$/u.exec(line);
  const bytes = match ? decode(match[2]!) : undefined;
  if (!match || !bytes || bytes.length < 5 || !isKeyName(match[1]!)) throw badNote();
  return { name: match[1]!, id: readId(bytes), signature: bytes.subarray(4) };
}

/** One signature line, without the new line. */
export const formatSignatureLine = ({ name, id, signature }: NoteSignature): string =>
  `— ${name} ${toBase64(concat(writeId(id), signature))}`;

/** The note's text and signatures as they are sent. */
export const formatNote = (note: Note): string =>
  `${note.text}\n${note.signatures.map((signature) => `${formatSignatureLine(signature)}\n`).join('')}`;

/** What a signature line is checked against: a key, and the message it signs for a text (which may depend on the line). */
export interface NoteVerifier {
  key: NoteKey;
  verify(text: string, signature: Uint8Array): Promise<boolean>;
}

/** Verifier of plain Ed25519 signatures (type 0x01) over a note's text. Throws `bad_public_key`, `bad_policy` for another type. */
export async function ed25519Verifier(key: NoteKey): Promise<NoteVerifier> {
  if (key.type !== SIGNATURE_TYPE.ed25519)
    throw new LetheError('bad_policy', 'The key is not an Ed25519 key of a log.');
  const imported: VerifyKey = await importVerifyKey(key.publicKey);
  return { key, verify: (text, signature) => verifyWith(imported, utf8(text), signature) };
}

/**
 * The signatures of a note that known keys made. Unknown keys are ignored; a known key whose signature does not verify makes
 * the whole note refused. Of several valid ones by one key the first counts. Throws `note_bad_signature`.
 */
export async function verifiedSignatures(
  note: Note,
  verifiers: readonly NoteVerifier[],
): Promise<Map<NoteVerifier, NoteSignature>> {
  const verified = new Map<NoteVerifier, NoteSignature>();
  for (const signature of note.signatures) {
    const verifier = verifiers.find(({ key }) => key.name === signature.name && key.id === signature.id);
    if (!verifier) continue;
    if (!(await verifier.verify(note.text, signature.signature)))
      throw new LetheError('note_bad_signature', 'A signature under the note by a known key is not valid.');
    if (!verified.has(verifier)) verified.set(verifier, signature);
  }
  return verified;
}

/** A key's name: not empty, no white space of Unicode, no plus sign. */
const isKeyName = (name: string): boolean => name !== '' && !/[\p{White_Space}+]/u.test(name);

const hasControl = (text: string): boolean => !/^[\n\u0020-\u{10ffff}]*$/u.test(text);

const badNote = (): LetheError => new LetheError('bad_note', 'The document is not a signed note.');

function asText(bytes: Uint8Array): string {
  try {
    return fromUtf8(bytes);
  } catch {
    throw badNote();
  }
}

function decode(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return fromBase64(text);
  } catch {
    return undefined;
  }
}

const readId = (bytes: Uint8Array): number => new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);

function writeId(id: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, id);
  return bytes;
}

const idText = (id: number): string => toHex(writeId(id));
