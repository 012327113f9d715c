/** Whether an enrolment is the very one this server must make. The host holds the server's keys, so it can tell. */

import {
  canonicalBytes,
  type Enrolment,
  fromBase64,
  Secret,
  type ServerKeys,
  signingPublicKey,
  toBase64,
  toBase64Url,
  verify,
  x25519PublicKey,
} from '@lethe/core';

/** True if server, token and both public keys are those the host knows, and the node key signed them. */
export async function isOwnEnrolment(
  enrolment: Enrolment,
  server: string,
  token: string | null,
  keys: ServerKeys,
): Promise<boolean> {
  const { signature, ...fields } = enrolment;
  if (fields.server !== server || token === null || fields.token !== token) return false;
  const node = await signingPublicKey(new Secret('node-sign', fromBase64(keys.node)));
  const wireguard = await x25519PublicKey(new Secret('wireguard', fromBase64(keys.wireguard)));
  if (fields.nodeKey !== toBase64Url(node) || fields.wireguardKey !== toBase64(wireguard)) return false;
  return verify(node, canonicalBytes(fields), fromBase64(signature));
}
