/** The key a verb signs with: a person's key file, or the machine's own key in one-person mode. */

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { LetheError, Secret, signingPublicKey, toBase64Url } from '@lethe/core';
import type { Io } from '../io.ts';
import { type KeyFile, MAX_KEY_FILE, readKeyFile, unlockKey } from './key-file.ts';
import { passphrase } from './passphrase.ts';

export interface SignerFlags {
  key?: string;
  machineKey?: string;
  passphraseFile?: string;
}

export interface Signer {
  /** base64url. From the key file it is a claim until `unlock` has proven it. */
  publicKey: string;
  /** The seed; asks for the passphrase. Throws `wrong_code`. */
  unlock(): Promise<Secret<'approver'>>;
}

/** Reads the key that `--key` or `--machine-key` names, without asking for a passphrase. Throws `bad_request`, `not_root`. */
export async function openSigner(io: Io, { key, machineKey, passphraseFile }: SignerFlags): Promise<Signer> {
  if ((key === undefined) === (machineKey === undefined))
    throw new LetheError('bad_request', 'Say with which key to sign: --key FILE. Nothing was signed.');
  if (machineKey !== undefined) return machineSigner(machineKey);
  const file = openKeyFile(resolve(key!));
  return { publicKey: file.publicKey, unlock: async () => unlockKey(file, await passphrase(io, passphraseFile)) };
}

function openKeyFile(path: string): KeyFile {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new LetheError('bad_request', 'The key file cannot be read. Nothing was signed.', { cause });
  }
  return readKeyFile(bytes.subarray(0, MAX_KEY_FILE + 1));
}

async function machineSigner(dataDir: string): Promise<Signer> {
  let bytes: Buffer;
  try {
    bytes = readFileSync(join(resolve(dataDir), 'proof', 'machine-key'));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM')
      throw new LetheError('not_root', "Only root may read the machine's key. Nothing was signed. Try it with sudo.", {
        cause,
      });
    throw new LetheError(
      'bad_request',
      "The data directory of a service has the machine's key in it, and this one has none. Nothing was signed.",
      { cause },
    );
  }
  if (bytes.length !== 32)
    throw new LetheError('bad_request', "The machine's key is damaged. Nothing was signed. Restore it.");
  const seed = new Secret('approver', bytes);
  return { publicKey: toBase64Url(await signingPublicKey(seed)), unlock: async () => seed };
}
