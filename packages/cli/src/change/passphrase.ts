/** Where a passphrase comes from: a terminal, a file or stdin. Never an argument or an environment variable: other programs see those. */

import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { LetheError } from '@lethe/core';
import type { Io } from '../io.ts';
import { askText, lineFromStdin } from '../prompt.ts';

/** Shortest passphrase of a new key: whoever copies the file may guess for years. */
const MIN_LENGTH = 12;

const refused = (message: string): LetheError => new LetheError('bad_request', message);

/** Asks for the passphrase of a key, or reads it. Throws `bad_request`. */
export async function passphrase(io: Io, file: string | undefined): Promise<string> {
  if (file !== undefined) return fromFile(file);
  if (!io.interactive)
    throw refused('There is no terminal to ask for the passphrase on: add --passphrase-file FILE. Nothing was signed.');
  return spelled(await askText('Passphrase of the key', { secret: true }));
}

/** A passphrase for a new key, typed twice. Throws `bad_request` if it is too short or was typed differently. */
export async function newPassphrase(io: Io, file: string | undefined): Promise<string> {
  const first = await passphrase(io, file);
  if ([...first].length < MIN_LENGTH)
    throw refused(`The passphrase has fewer than ${MIN_LENGTH} characters. No key was made. Take some words more.`);
  if (file === undefined && spelled(await askText('The same again', { secret: true })) !== first)
    throw refused('The two passphrases differ. No key was made.');
  return first;
}

async function fromFile(file: string): Promise<string> {
  if (file === '-') return spelled(await lineFromStdin());
  const path = resolve(file);
  let text: string;
  try {
    const found = statSync(path);
    if (found.isFile() && found.mode & 0o077)
      throw refused(
        'The passphrase file is open to other users of this machine. Nothing was signed. If you trust them, run chmod 600 on it.',
      );
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if (cause instanceof LetheError) throw cause;
    throw new LetheError('bad_request', 'The passphrase file cannot be read. Nothing was signed.', { cause });
  }
  return spelled(text.split('\n', 1)[0]!);
}

/** Keyboards spell one letter in several ways. */
const spelled = (text: string): string => text.trim().normalize('NFKC');
