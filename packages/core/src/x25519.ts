/** X25519 (RFC 7748) key pairs and checks: WireGuard keys and the owner's sealing key. Keys are raw 32-byte strings. */

import { concat, fromBase64, fromBase64Url, fromHex, toHex } from './bytes.ts';
import { LetheError } from './errors.ts';
import { randomBytes } from './random.ts';
import { Secret, type SecretRole } from './secret.ts';

/** PKCS #8 header of an X25519 private key (RFC 8410 section 7); the 32-byte scalar follows. */
const PKCS8_X25519 = fromHex('302e020100300506032b656e04220420');

/** Points of low order modulo the field, with their non-canonical spellings; every shared secret with one of them is zero. */
const LOW_ORDER = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]);

/**
 * Throws `bad_public_key` unless the bytes can be an X25519 public key: 32 bytes and not of low order. The top bit is ignored by
 * X25519 (RFC 7748 section 5) and therefore masked before the comparison.
 */
export function checkX25519PublicKey(publicKey: Uint8Array): void {
  const masked = new Uint8Array(publicKey);
  if (masked.length === 32) masked[31]! &= 0x7f;
  if (masked.length !== 32 || LOW_ORDER.has(toHex(masked))) {
    throw new LetheError('bad_public_key', 'The public key is not a usable Curve25519 key.');
  }
}

/** Parses WireGuard's base64 spelling of a public key (44 characters). Throws `bad_public_key`. */
export function parseWireguardPublicKey(text: string): Uint8Array<ArrayBuffer> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = fromBase64(text);
  } catch (cause) {
    throw new LetheError('bad_public_key', 'The public key is not 44 characters of base64.', { cause });
  }
  checkX25519PublicKey(bytes);
  if (bytes[31]! & 0x80) throw new LetheError('bad_public_key', 'The public key is not in its canonical spelling.');
  return bytes;
}

/** A fresh private key, clamped as WireGuard's `wg genkey` does. */
export function newX25519Private<Role extends SecretRole>(role: Role): Secret<Role> {
  const bytes = randomBytes(32);
  bytes[0]! &= 248;
  bytes[31] = (bytes[31]! & 127) | 64;
  return new Secret(role, bytes);
}

/** Imports a private key for WebCrypto's X25519. */
export const importX25519Private = (secret: Secret, extractable = false): Promise<CryptoKey> =>
  crypto.subtle.importKey('pkcs8', concat(PKCS8_X25519, secret.reveal()), 'X25519', extractable, ['deriveBits']);

/** The 32-byte public key that belongs to a private key. */
export async function x25519PublicKey(secret: Secret): Promise<Uint8Array<ArrayBuffer>> {
  const jwk = await crypto.subtle.exportKey('jwk', await importX25519Private(secret, true));
  return fromBase64Url(jwk.x!);
}
