/**
 * A person's key in a file: an Ed25519 seed under a passphrase.
 *
 *   {"format": "lethe-key-v1", "name": …, "publicKey": …, "kdf": {"name": "scrypt", "N", "r", "p", "salt"},
 *    "cipher": {"name": "aes-256-gcm", "iv"}, "sealed": …}
 *
 * Bytes are base64url. `sealed` is the encrypted seed and its tag; everything else is authenticated with it, as canonical JSON.
 * Threats: the file is copied (scrypt makes each guess cost 128 MiB); it is changed, so that another key looks like this one (the public
 * parts are authenticated, and the seed must have the public key); it names parameters that take the machine's memory (bounded before).
 */

import { createCipheriv, createDecipheriv, randomBytes, type ScryptOptions, scrypt } from 'node:crypto';
import {
  canonicalBytes,
  fromBase64Url,
  fromUtf8,
  type Json,
  LetheError,
  newSigningSeed,
  Secret,
  signingPublicKey,
  toBase64Url,
  utf8,
} from '@lethe/core';
import { Shape } from '@lethe/verify';

const FORMAT = 'lethe-key-v1';
const CIPHER = 'aes-256-gcm';
const TAG_BYTES = 16;
const SEED_BYTES = 32;

/** What new files use: RFC 7914's memory of 128 * N * r = 128 MiB, some tenths of a second. */
const NEW_KDF = { N: 2 ** 17, r: 8, p: 1 };

/** What a file may ask for at most: 256 MiB, two seconds. Checked before scrypt runs. */
const MAX_KDF = { N: 2 ** 18, r: 8, p: 4 };

/** Longest file that is read, bytes. */
export const MAX_KEY_FILE = 4096;

interface Kdf {
  N: number;
  r: number;
  p: number;
  salt: string;
}

/** A key file that was read: public parts as the file says them, until `unlockKey` has proven them. */
export interface KeyFile {
  name: string;
  /** base64url. */
  publicKey: string;
  kdf: Kdf;
  iv: string;
  sealed: string;
}

/** Makes a key. Returns the text of its file and its public key (base64url). */
export async function makeKey(
  name: string,
  passphrase: string,
  costs: Omit<Kdf, 'salt'> = NEW_KDF,
): Promise<{ text: string; publicKey: string }> {
  const seed = newSigningSeed('approver');
  const publicKey = toBase64Url(await signingPublicKey(seed));
  const kdf = { ...costs, salt: toBase64Url(randomBytes(16)) };
  const file = { name, publicKey, kdf, iv: toBase64Url(randomBytes(12)), sealed: '' };
  const cipher = createCipheriv(CIPHER, await derive(passphrase, kdf), fromBase64Url(file.iv));
  cipher.setAAD(canonicalBytes(publicParts(file)));
  const sealed = Buffer.concat([cipher.update(seed.reveal()), cipher.final(), cipher.getAuthTag()]);
  const text = JSON.stringify({ ...publicParts(file), sealed: toBase64Url(sealed) }, null, 2);
  return { text: `${text}\n`, publicKey };
}

/** Reads a key file's text. Throws `bad_request` for anything but the format, and for parameters out of bounds. */
export function readKeyFile(bytes: Uint8Array): KeyFile {
  const shape = new Shape('bad_request', 'The key file');
  if (bytes.length > MAX_KEY_FILE) shape.refuse('it is too long');
  const file = shape.object(parseJson(bytes, shape), 'it', ['format', 'name', 'publicKey', 'kdf', 'cipher', 'sealed']);
  if (file.format !== FORMAT) shape.refuse('it has another format than this version knows');
  const kdf = shape.object(file.kdf, 'kdf', ['name', 'N', 'r', 'p', 'salt']);
  const cipher = shape.object(file.cipher, 'cipher', ['name', 'iv']);
  if (kdf.name !== 'scrypt' || cipher.name !== CIPHER) shape.refuse('it has other algorithms than this version knows');
  const N = shape.integer(kdf.N, 'kdf.N', 2);
  const r = shape.integer(kdf.r, 'kdf.r', 1);
  const p = shape.integer(kdf.p, 'kdf.p', 1);
  if (N > MAX_KDF.N || r > MAX_KDF.r || p > MAX_KDF.p || !Number.isInteger(Math.log2(N)))
    shape.refuse('it asks for more memory or time than a key may');
  return {
    name: shape.text(file.name, 'name', 64, NAME),
    publicKey: base64Url(file.publicKey, 'publicKey', 32, shape),
    kdf: { N, r, p, salt: base64Url(kdf.salt, 'kdf.salt', 16, shape) },
    iv: base64Url(cipher.iv, 'cipher.iv', 12, shape),
    sealed: base64Url(file.sealed, 'sealed', SEED_BYTES + TAG_BYTES, shape),
  };
}

/** Names of keys: those that persons of a trust root may have. */
export const NAME = /^[\p{L}\p{N}][\p{L}\p{N}._ -]{0,63}$/u;

/** The seed. Throws `wrong_code` for a wrong passphrase or a file that was changed: nobody can tell which. */
export async function unlockKey(file: KeyFile, passphrase: string): Promise<Secret<'approver'>> {
  const sealed = fromBase64Url(file.sealed);
  const decipher = createDecipheriv(CIPHER, await derive(passphrase, file.kdf), fromBase64Url(file.iv), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(canonicalBytes(publicParts(file)));
  decipher.setAuthTag(sealed.subarray(SEED_BYTES));
  let seed: Secret<'approver'>;
  try {
    seed = new Secret('approver', Buffer.concat([decipher.update(sealed.subarray(0, SEED_BYTES)), decipher.final()]));
  } catch {
    throw new LetheError(
      'wrong_code',
      'The passphrase is wrong, or the key file was changed. Nothing was signed. Try again.',
    );
  }
  if (toBase64Url(await signingPublicKey(seed)) !== file.publicKey)
    throw new LetheError('bad_public_key', 'The key file names a public key that is not its own. Nothing was signed.');
  return seed;
}

const publicParts = ({ name, publicKey, kdf, iv }: KeyFile) => ({
  format: FORMAT,
  name,
  publicKey,
  kdf: { name: 'scrypt', N: kdf.N, r: kdf.r, p: kdf.p, salt: kdf.salt },
  cipher: { name: CIPHER, iv },
});

function derive(passphrase: string, { N, r, p, salt }: Kdf): Promise<Buffer> {
  const options: ScryptOptions = { N, r, p, maxmem: 128 * r * (N + p) + 1024 * 1024 };
  return new Promise((resolve, reject) => {
    scrypt(utf8(passphrase), fromBase64Url(salt), 32, options, (error, key) => (error ? reject(error) : resolve(key)));
  });
}

function parseJson(bytes: Uint8Array, shape: Shape): Json {
  try {
    return JSON.parse(fromUtf8(bytes)) as Json;
  } catch {
    return shape.refuse('it is not JSON: it is damaged or cut off');
  }
}

function base64Url(value: Json, path: string, length: number, shape: Shape): string {
  const text = shape.text(value, path, 128);
  let bytes: Uint8Array;
  try {
    bytes = fromBase64Url(text);
  } catch {
    return shape.refuse(`${path} is not base64url`);
  }
  if (bytes.length !== length) shape.refuse(`${path} has another length`);
  return text;
}
