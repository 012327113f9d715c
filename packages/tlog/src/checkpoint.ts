/** Checkpoints (C2SP tlog-checkpoint): the size and the root of a log, as the text of a signed note. */

import { fromBase64, LetheError, type Secret, sign, toBase64, utf8 } from '@lethe/core';
import { HASH_SIZE, type Hash } from './merkle.ts';
import { type NoteKey, type NoteSignature, SIGNATURE_TYPE } from './note.ts';

export interface Checkpoint {
  /** Which log: a name like an address without scheme. */
  origin: string;
  /** Entries. */
  size: number;
  root: Hash;
  /** Further lines, kept since they are signed. Lethe writes none. */
  extensions: string[];
}

/** Longest origin that is read. */
const MAX_ORIGIN = 255;

/** The text of a checkpoint, ending with a new line. */
export const formatCheckpoint = ({ origin, size, root, extensions }: Checkpoint): string =>
  [origin, String(size), toBase64(root), ...extensions].map((line) => `${line}\n`).join('');

/** Parses the text of a checkpoint. Throws `bad_checkpoint`. */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin = '', size = '', root = '', ...extensions] = text.split('\n');
  const hash = decode(root);
  if (
    origin === '' ||
    origin.length > MAX_ORIGIN ||
    !/^(0|[1-9]\d{0,15})$/.test(size) ||
    !Number.isSafeInteger(Number(size)) ||
    hash?.length !== HASH_SIZE ||
    extensions.pop() !== '' ||
    extensions.includes('')
  ) {
    throw new LetheError('bad_checkpoint', 'The note is not the checkpoint of a log.');
  }
  return { origin, size: Number(size), root: hash, extensions };
}

/** A log's own signature under its checkpoint (type 0x01). */
export async function signText(text: string, key: NoteKey, seed: Secret): Promise<NoteSignature> {
  if (key.type !== SIGNATURE_TYPE.ed25519)
    throw new LetheError('bad_policy', 'The key is not an Ed25519 key of a log.');
  return { name: key.name, id: key.id, signature: await sign(seed, utf8(text)) };
}

function decode(text: string): Hash | undefined {
  try {
    return fromBase64(text);
  } catch {
    return undefined;
  }
}
