/** The owner's keys: one 32-byte seed on the customer's side yields every other key by HKDF-SHA-256 (RFC 5869). */

import { toBase64Url, utf8 } from './bytes.ts';
import { signingPublicKey } from './ed25519.ts';
import { randomBytes } from './random.ts';
import { Secret, type SecretRole } from './secret.ts';
import { x25519PublicKey } from './x25519.ts';

export interface OwnerKeys {
  /** Ed25519 seed: signs requests and device lists. */
  readonly sign: Secret<'owner-sign'>;
  /** base64url of the Ed25519 public key: how the fleet plane knows the owner. */
  readonly ownerKey: string;
  /** X25519 private key: opens what a server seals to its owner. */
  readonly seal: Secret<'owner-seal'>;
  /** base64url of the X25519 public key. */
  readonly sealTo: string;
  /** AES-256-GCM key of the vault. */
  readonly vault: Secret<'vault'>;
}

export const newOwnerSeed = (): Secret<'owner-seed'> => new Secret('owner-seed', randomBytes(32));

async function derive<Role extends SecretRole>(seed: Secret<'owner-seed'>, role: Role): Promise<Secret<Role>> {
  const key = await crypto.subtle.importKey('raw', seed.reveal(), 'HKDF', false, ['deriveBits']);
  const params = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info: utf8(`lethe v1 ${role}`) };
  return new Secret(role, new Uint8Array(await crypto.subtle.deriveBits(params, key, 256)));
}

/** All keys of an owner. */
export async function ownerKeys(seed: Secret<'owner-seed'>): Promise<OwnerKeys> {
  const [sign, seal, vault] = await Promise.all([
    derive(seed, 'owner-sign'),
    derive(seed, 'owner-seal'),
    derive(seed, 'vault'),
  ]);
  const [signPublic, sealPublic] = await Promise.all([signingPublicKey(sign), x25519PublicKey(seal)]);
  return { sign, ownerKey: toBase64Url(signPublic), seal, sealTo: toBase64Url(sealPublic), vault };
}
