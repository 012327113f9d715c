/** Ed25519 (RFC 8032) over WebCrypto, so that the same code runs in Node and in browsers. Keys are raw 32-byte strings. */

import { concat, fromBase64Url, fromHex, toHex } from './bytes.ts';
import { LetheError } from './errors.ts';
import { Secret, type SecretRole } from './secret.ts';

/** PKCS #8 header of an Ed25519 private key (RFC 8410 section 7); the 32-byte seed follows. */
const PKCS8_ED25519 = fromHex('302e020100300506032b657004220420');

/** Points of small order and their non-canonical spellings: a key with one of them would accept signatures made by anyone. */
const SMALL_ORDER = new Set([
  '0100000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000080',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000080',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
]);

/** Throws `bad_public_key` unless the bytes can be an Ed25519 public key: 32 bytes, not of small order. */
export function checkSigningKey(publicKey: Uint8Array): void {
  if (publicKey.length !== 32 || SMALL_ORDER.has(toHex(publicKey))) {
    throw new LetheError('bad_public_key', 'The signing key is not a usable Ed25519 public key.');
  }
}

const importPrivate = (seed: Uint8Array, extractable: boolean): Promise<CryptoKey> =>
  crypto.subtle.importKey('pkcs8', concat(PKCS8_ED25519, seed), 'Ed25519', extractable, ['sign']);

/** The 32-byte public key that belongs to a 32-byte seed. */
export async function signingPublicKey(seed: Secret): Promise<Uint8Array<ArrayBuffer>> {
  const jwk = await crypto.subtle.exportKey('jwk', await importPrivate(seed.reveal(), true));
  return fromBase64Url(jwk.x!);
}

/** The 64-byte signature of a message. */
export async function sign(seed: Secret, message: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.sign('Ed25519', await importPrivate(seed.reveal(), false), message));
}

/** True if the signature is the key's signature of the message. Malformed keys and signatures are false, never an exception. */
export async function verify(
  publicKey: Uint8Array,
  message: Uint8Array<ArrayBuffer>,
  signature: Uint8Array,
): Promise<boolean> {
  if (signature.length !== 64) return false;
  try {
    checkSigningKey(publicKey);
    const key = await crypto.subtle.importKey('raw', new Uint8Array(publicKey), 'Ed25519', false, ['verify']);
    return await crypto.subtle.verify('Ed25519', key, new Uint8Array(signature), message);
  } catch {
    return false;
  }
}

/** A fresh signing seed. */
export const newSigningSeed = <Role extends SecretRole>(role: Role): Secret<Role> =>
  new Secret(role, crypto.getRandomValues(new Uint8Array(32)));
