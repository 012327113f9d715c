/** Sealing to an X25519 key with HPKE (RFC 9180): DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, base mode. */

import { Aes128Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core';
import { concat, fromBase64, toBase64, utf8 } from './bytes.ts';
import { LetheError } from './errors.ts';
import type { Secret } from './secret.ts';
import { importX25519Private } from './x25519.ts';

const suite = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes128Gcm() });
const KEM_BYTES = 32;

/** Seals bytes to a raw X25519 public key. `info` names the purpose, `context` binds the place (a server id). Returns base64. */
export async function sealTo(
  publicKey: Uint8Array<ArrayBuffer>,
  info: string,
  context: string,
  plaintext: Uint8Array<ArrayBuffer>,
): Promise<string> {
  const recipientPublicKey = await suite.kem.deserializePublicKey(publicKey.buffer);
  const sender = await suite.createSenderContext({ recipientPublicKey, info: utf8(info) });
  const sealed = await sender.seal(plaintext, utf8(context));
  return toBase64(concat(new Uint8Array(sender.enc), new Uint8Array(sealed)));
}

/** Opens what `sealTo` made. Throws `bad_signature` if it was sealed to another key, purpose or place, or was altered. */
export async function openSealed(
  privateKey: Secret,
  info: string,
  context: string,
  sealed: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = fromBase64(sealed);
  try {
    const recipientKey = await importX25519Private(privateKey, true);
    const recipient = await suite.createRecipientContext({
      recipientKey,
      enc: bytes.slice(0, KEM_BYTES),
      info: utf8(info),
    });
    return new Uint8Array(await recipient.open(bytes.slice(KEM_BYTES), utf8(context)));
  } catch (cause) {
    throw new LetheError('bad_signature', 'The answer could not be opened with this owner key.', { cause });
  }
}
