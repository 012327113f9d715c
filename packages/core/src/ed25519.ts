/** Ed25519 (RFC 8032) over WebCrypto, so that the same code runs in Node and in browsers. Keys are raw 32-byte strings. */

import { ed25519 } from '@noble/curves/ed25519.js';
import { concat, fromBase64Url, fromHex, toHex } from './bytes.ts';
import { LetheError } from './errors.ts';
import { Secret, type SecretRole } from './secret.ts';

/** PKCS #8 header of an Ed25519 private key (RFC 8410 section 7); the 32-byte seed follows. */
const PKCS8_ED25519 = fromHex('302e020100300506032b657004220420');

/** Points of small order (y coordinates and signs, with their non-canonical spellings): as R they make a signature that fits more than one message. */
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

/**
 * Throws `bad_public_key` unless the bytes can be an Ed25519 public key: 32 bytes, the one spelling of a point in the group of prime
 * order. Implementations disagree about all other keys, so a signer could choose one that some verifiers accept and others refuse
 * (C2SP CCTV ed25519). About 1 ms.
 */
export function checkSigningKey(publicKey: Uint8Array): void {
  if (!isUsable(publicKey))
    throw new LetheError('bad_public_key', 'The signing key is not a usable Ed25519 public key.');
}

function isUsable(publicKey: Uint8Array): boolean {
  if (publicKey.length !== 32) return false;
  try {
    const point = ed25519.Point.fromBytes(publicKey);
    return !point.isSmallOrder() && point.isTorsionFree();
  } catch {
    return false;
  }
}

/**
 * True if R is spelled canonically and not of small order. With a key of prime order that is the whole strict rule: native verifiers
 * compare the encoding of [S]B - [k]A with R byte by byte, and that point is in the group of prime order.
 */
function isUsableR(r: Uint8Array): boolean {
  if (SMALL_ORDER.has(toHex(r))) return false;
  // y < p = 2^255 - 19: not 0xed or more, followed by 30 bytes of 0xff and 0x7f.
  return !(r[0]! >= 0xed && (r[31]! & 0x7f) === 0x7f && r.subarray(1, 31).every((byte) => byte === 0xff));
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

/** A public key that passed `checkSigningKey`, ready for many signatures. */
export interface VerifyKey {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly key: CryptoKey;
}

/** Checks a public key once, for many signatures. Throws `bad_public_key`. */
export async function importVerifyKey(publicKey: Uint8Array): Promise<VerifyKey> {
  checkSigningKey(publicKey);
  const bytes = new Uint8Array(publicKey);
  return { bytes, key: await crypto.subtle.importKey('raw', bytes, 'Ed25519', false, ['verify']) };
}

/** True if the signature is the key's signature of the message. A malformed signature is false, never an exception. */
export async function verifyWith(
  key: VerifyKey,
  message: Uint8Array<ArrayBuffer>,
  signature: Uint8Array,
): Promise<boolean> {
  if (signature.length !== 64 || !isUsableR(signature.subarray(0, 32))) return false;
  return crypto.subtle.verify('Ed25519', key.key, new Uint8Array(signature), message);
}

/** As `verifyWith`, for a key that is used once. Malformed keys and signatures are false, never an exception. */
export async function verify(
  publicKey: Uint8Array,
  message: Uint8Array<ArrayBuffer>,
  signature: Uint8Array,
): Promise<boolean> {
  if (signature.length !== 64) return false;
  try {
    return await verifyWith(await importVerifyKey(publicKey), message, signature);
  } catch {
    return false;
  }
}

/** A fresh signing seed. */
export const newSigningSeed = <Role extends SecretRole>(role: Role): Secret<Role> =>
  new Secret(role, crypto.getRandomValues(new Uint8Array(32)));
