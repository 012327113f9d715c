/**
 * The key of a witness: made once, kept in its directory with the name it stands under. A cosignature does not say who made it (C2SP
 * tlog-cosignature, Ed25519), so one key under two names would count as two witnesses; the file holds the name for that reason.
 */

import { constants } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  concat,
  fromBase64,
  fromUtf8,
  LetheError,
  newSigningSeed,
  Secret,
  signingPublicKey,
  toBase64,
  utf8,
} from '@lethe/core';
import { formatVkey, type NoteKey, noteKey, SIGNATURE_TYPE } from '@lethe/tlog';
import { lockDirectory } from './lock.ts';
import { CHECKPOINT_FILE } from './state.ts';
import { diskStorage, removeUnfinished, replaceFile, type Storage, syncPath } from './storage.ts';

const KEY_FILE = 'key';
const SEED_SIZE = 32;

/** What a witness signs with. */
export interface WitnessKey {
  key: NoteKey;
  seed: Secret;
}

/** The vkey of the witness of a directory; makes directory and key if there are none. Throws as `openKey` and `lockDirectory` do. */
export async function witnessVkey(dataDir: string, name: string): Promise<string> {
  checkName(name);
  await openDirectory(dataDir);
  const storage = diskStorage(dataDir);
  const kept = await readKey(storage, name);
  if (kept) return formatVkey(kept.key);
  const lock = await lockDirectory(dataDir);
  try {
    return formatVkey((await openKey(storage, name)).key);
  } finally {
    lock.release();
  }
}

/** Throws `bad_request` for a name that cannot stand in a signature line. */
export function checkName(name: string): void {
  if (name === '' || name.length > 255 || /[\p{White_Space}\p{Cc}+]/u.test(name))
    throw new LetheError(
      'bad_request',
      'The name of a witness is 1 to 255 characters without spaces and plus signs, such as witness.example.org. Nothing was changed.',
    );
}

/** Makes a directory that only its owner may enter, or takes one that is there. Throws `bad_request` if it cannot be used. */
export async function openDirectory(dataDir: string): Promise<void> {
  try {
    const made = await mkdir(dataDir, { recursive: true, mode: 0o700 });
    if (made !== undefined) await syncPath(dirname(made), constants.O_RDONLY | constants.O_DIRECTORY);
    if (!(await stat(dataDir)).isDirectory()) throw new Error('not a directory');
    await diskStorage(dataDir).list();
  } catch (cause) {
    throw new LetheError(
      'bad_request',
      'The data directory of the witness cannot be made or read. Nothing was started. Choose another with --data.',
      { cause },
    );
  }
}

/**
 * Opens the key, or makes it in a directory without one; the directory is locked. Throws `bad_request` if the key is another name's, is
 * damaged, or is gone while what it has cosigned is still there.
 */
export async function openKey(storage: Storage, name: string): Promise<WitnessKey> {
  await removeUnfinished(storage);
  const kept = await readKey(storage, name);
  if (kept) return kept;
  if ((await storage.list()).some((file) => CHECKPOINT_FILE.test(file)))
    throw new LetheError(
      'bad_request',
      'The data directory holds checkpoints of a witness and not its key. Nothing was changed. Put the file "key" back, or begin a new witness in an empty directory.',
    );
  const seed = newSigningSeed('witness-sign');
  const { key } = await ready(name, seed);
  // If we crash before the file is in place, the next start makes another key: nobody knows this one yet.
  await replaceFile(storage, KEY_FILE, format(key, seed));
  return { key, seed };
}

async function readKey(storage: Storage, name: string): Promise<WitnessKey | undefined> {
  const bytes = await storage.read(KEY_FILE);
  if (!bytes) return undefined;
  // A start that was killed before its last step left a key that a power loss can still undo. It is told to others from here on.
  await storage.syncDirectory();
  const match = /^PRIVATE\+KEY\+([^+]+)\+([0-9a-f]{8})\+(\S+)\n$/.exec(text(bytes));
  if (!match) throw damaged();
  const kept = await ready(match[1]!, new Secret('witness-sign', seedBytes(match[3]!)));
  if (text(format(kept.key, kept.seed)) !== match[0]) throw damaged();
  if (kept.key.name !== name)
    throw new LetheError(
      'bad_request',
      `The data directory belongs to the witness ${kept.key.name}. Nothing was changed. A key stands under one name: give that one, or another directory.`,
    );
  return kept;
}

async function ready(name: string, seed: Secret): Promise<WitnessKey> {
  return { key: noteKey(name, SIGNATURE_TYPE.cosignatureV1, await signingPublicKey(seed)), seed };
}

/** The customary form of a note's private key: `PRIVATE+KEY+name+id+base64(type || seed)`. */
function format(key: NoteKey, seed: Secret): Uint8Array {
  const id = formatVkey(key).split('+')[1]!;
  return utf8(`PRIVATE+KEY+${key.name}+${id}+${toBase64(concat(Uint8Array.of(key.type), seed.reveal()))}\n`);
}

function seedBytes(base64: string): Uint8Array {
  try {
    const bytes = fromBase64(base64);
    if (bytes.length === 1 + SEED_SIZE && bytes[0] === SIGNATURE_TYPE.cosignatureV1) return bytes.subarray(1);
  } catch {
    // Reported below.
  }
  throw damaged();
}

function text(bytes: Uint8Array): string {
  try {
    return fromUtf8(bytes);
  } catch {
    throw damaged();
  }
}

const damaged = (): LetheError =>
  new LetheError(
    'bad_request',
    'The key of the witness (file "key" in its data directory) is damaged. Nothing was changed. Put the right file back, or begin a new witness in an empty directory.',
  );
