/** The body of `add-checkpoint` (C2SP tlog-witness v1.0.0): the old size, a consistency proof, an empty line, the checkpoint's note. */

import { fromBase64, fromUtf8, LetheError, toBase64, utf8 } from '@lethe/core';
import { type Checkpoint, HASH_SIZE, type Hash, MAX_NOTE, type Note, parseCheckpoint, parseNote } from '@lethe/tlog';

/** Most lines of a proof. A proof between trees below 2^53 entries needs fewer. */
export const MAX_PROOF_LINES = 63;

/** Longest line with the old size and longest line with a hash, bytes with their new line. */
const OLD_LINE = 'old 9007199254740991\n'.length;
const HASH_LINE = 45;

/** Longest body that is read, bytes. */
export const MAX_BODY = OLD_LINE + MAX_PROOF_LINES * HASH_LINE + 1 + MAX_NOTE;

/** What is asked of a witness. */
export interface AddCheckpoint {
  /** Size of the checkpoint of this log that the witness cosigned last; 0 if it has none, or if it is not known. */
  old: number;
  /** Consistency proof from `old` to the checkpoint's size; empty if `old` is 0. */
  proof: readonly Hash[];
  /** The checkpoint's note with the log's signature. */
  checkpoint: Uint8Array;
}

/** What was read of a body. Nothing of it is verified. */
export interface ParsedRequest {
  old: number;
  proof: Hash[];
  note: Note;
  checkpoint: Checkpoint;
}

/** The body as it is sent. */
export const formatRequest = ({ old, proof, checkpoint }: AddCheckpoint): Uint8Array<ArrayBuffer> =>
  utf8(`old ${old}\n${proof.map((hash) => `${toBase64(hash)}\n`).join('')}\n${fromUtf8(checkpoint)}`);

/** Reads a body. Throws `bad_request`, and what the note and the checkpoint are refused with: `bad_note`, `bad_checkpoint`, `too_large`. */
export function parseRequest(body: Uint8Array): ParsedRequest {
  const end = emptyLine(body);
  if (end < 0) throw malformed();
  const [first = '', ...hashes] = decode(body.subarray(0, end)).split('\n');
  const old = /^old (0|[1-9]\d{0,15})$/.exec(first)?.[1];
  if (old === undefined || !Number.isSafeInteger(Number(old)) || hashes.length > MAX_PROOF_LINES) throw malformed();
  const proof = hashes.map(parseHash);
  const note = parseNote(body.subarray(end + 2));
  return { old: Number(old), proof, note, checkpoint: parseCheckpoint(note.text) };
}

const malformed = (): LetheError => new LetheError('bad_request', 'The body is not a request to add a checkpoint.');

/** Where the first two new lines in a row begin. The checkpoint has an empty line of its own, behind this one. */
function emptyLine(bytes: Uint8Array): number {
  const newLine = 0x0a;
  for (let at = bytes.indexOf(newLine); at >= 0; at = bytes.indexOf(newLine, at + 1))
    if (bytes[at + 1] === newLine) return at;
  return -1;
}

function decode(bytes: Uint8Array): string {
  try {
    return fromUtf8(bytes);
  } catch {
    throw malformed();
  }
}

function parseHash(line: string): Hash {
  let hash: Hash;
  try {
    hash = fromBase64(line);
  } catch {
    throw malformed();
  }
  if (hash.length !== HASH_SIZE) throw malformed();
  return hash;
}
