/** Writes a new key where no file is. */

import { closeSync, fsyncSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { LetheError } from '@lethe/core';
import type { Io } from '../io.ts';
import { checkWritable, writeSecretFile } from '../secret-file.ts';
import { makeKey, NAME } from './key-file.ts';
import { newPassphrase } from './passphrase.ts';

/**
 * Asks for a passphrase and writes the file, of mode 0600, whole or not at all, never over another. Returns the public key. Throws
 * `already_exists` before anything is asked, `bad_request`, `disk_full`.
 */
export async function makeKeyFile(io: Io, file: string, name: string, passphraseFile?: string): Promise<string> {
  if (!NAME.test(name))
    throw new LetheError(
      'bad_request',
      'The name takes 1 to 64 letters, digits, spaces, dots, hyphens and underscores. No key was made.',
    );
  notOver(() => checkWritable(file, false));
  const secret = await newPassphrase(io, passphraseFile);
  io.progress.step('Making the key');
  const { text, publicKey } = await makeKey(name, secret);
  notOver(() => writeSecretFile(file, text, false));
  syncDirectory(dirname(file));
  io.progress.end();
  return publicKey;
}

/** A key that is gone cannot be made again, so there is no way to write over one. */
function notOver(write: () => void): void {
  try {
    write();
  } catch (error) {
    if (!(error instanceof LetheError) || error.code !== 'already_exists') throw error;
    throw new LetheError('already_exists', 'The file exists. No key was made. Choose another name.', { cause: error });
  }
}

/** The name too outlives a power cut. */
function syncDirectory(directory: string): void {
  const handle = openSync(directory, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
