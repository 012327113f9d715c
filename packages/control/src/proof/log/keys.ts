/** A log's or witness's private key in a file: `PRIVATE+KEY+name+id+base64(type || seed)`, the form of Go's note package. */

import { randomBytes } from 'node:crypto';
import { readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { concat, fromBase64, LetheError, Secret, signingPublicKey, toBase64, toHex, utf8 } from '@lethe/core';
import { type NoteKey, noteKey, SIGNATURE_TYPE } from '@lethe/tlog';
import { syncDirectory, writeTemporary } from './durable.ts';

export interface LogKey {
  key: NoteKey;
  seed: Secret<'log-sign'>;
}

/** The key in the file; a new one for that origin if there is no file. Mode 0600. Throws `bad_policy` for a damaged or foreign one. */
export async function openLogKey(file: string, origin: string): Promise<LogKey> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  const key = text === undefined ? await create(file, origin) : await parse(text);
  if (key.key.name !== origin) {
    throw new LetheError(
      'bad_policy',
      'The key of the log is for a log of another name. Nothing was changed. Use the name this log began with.',
    );
  }
  return key;
}

async function create(file: string, origin: string): Promise<LogKey> {
  const key = await build(origin, randomBytes(32));
  const id = toHex(Uint8Array.from([24, 16, 8, 0], (shift) => key.key.id >>> shift));
  const body = toBase64(concat(Uint8Array.of(SIGNATURE_TYPE.ed25519), key.seed.reveal()));
  // Under its name whole or not at all: half a key would be a log that can never be opened again.
  const text = `PRIVATE+KEY+${origin}+${id}+${body}\n`;
  await rename(await writeTemporary(file, utf8(text), 0o600), file);
  await syncDirectory(dirname(file));
  return key;
}

async function parse(text: string): Promise<LogKey> {
  const match = /^PRIVATE\+KEY\+([^+\s]+)\+[0-9a-f]{8}\+(\S+)\n$/u.exec(text);
  const bytes = match ? fromBase64(match[2]!) : undefined;
  if (!match || bytes?.length !== 33 || bytes[0] !== SIGNATURE_TYPE.ed25519)
    throw new LetheError('bad_policy', 'The file with the key of the log is damaged. Nothing was changed.');
  return build(match[1]!, bytes.subarray(1));
}

async function build(origin: string, bytes: Uint8Array): Promise<LogKey> {
  const seed = new Secret('log-sign', bytes);
  return { seed, key: noteKey(origin, SIGNATURE_TYPE.ed25519, await signingPublicKey(seed)) };
}
