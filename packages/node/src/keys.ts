/** The two private keys of a server: made here, or given back by the host at a later birth. */

import type { Enrolment, ServerKeys } from '@lethe/core/agent-protocol';
import { fromBase64, toBase64, toBase64Url } from '@lethe/core/bytes';
import { canonicalBytes } from '@lethe/core/canonical';
import { newSigningSeed, sign, signingPublicKey } from '@lethe/core/ed25519';
import { Secret } from '@lethe/core/secret';
import { newX25519Private, x25519PublicKey } from '@lethe/core/x25519';

export interface OpenKeys {
  wireguard: Secret<'wireguard'>;
  node: Secret<'node-sign'>;
  /** base64 WireGuard public key. */
  wireguardKey: string;
}

/** Fresh keys, in this process's memory only. */
export const newServerKeys = (): ServerKeys => ({
  wireguard: newX25519Private('wireguard').revealBase64(),
  node: newSigningSeed('node-sign').revealBase64(),
});

/** Checks the keys a host gave and wraps them. Throws for anything but two 32-byte keys. */
export async function openServerKeys(keys: ServerKeys): Promise<OpenKeys> {
  const [wireguardBytes, nodeBytes] = [fromBase64(keys.wireguard), fromBase64(keys.node)];
  if (wireguardBytes.length !== 32 || nodeBytes.length !== 32) throw new RangeError('A key has the wrong length.');
  const wireguard = new Secret('wireguard', wireguardBytes);
  return {
    wireguard,
    node: new Secret('node-sign', nodeBytes),
    wireguardKey: toBase64(await x25519PublicKey(wireguard)),
  };
}

export const sameKeys = (a: ServerKeys, b: ServerKeys): boolean => a.wireguard === b.wireguard && a.node === b.node;

/** The signed message a server enrols with. */
export async function signEnrolment(server: string, token: string, keys: OpenKeys): Promise<Enrolment> {
  const nodeKey = toBase64Url(await signingPublicKey(keys.node));
  const fields = { server, token, nodeKey, wireguardKey: keys.wireguardKey };
  return { ...fields, signature: toBase64(await sign(keys.node, canonicalBytes(fields))) };
}
