/** The text of a device's WireGuard configuration, in the format wg-quick and WireGuard's apps import. */

import { LetheError, parseWireguardPublicKey, type Secret, slotAddresses, TUNNEL } from '@lethe/core';

/** Which of a server's endpoints a device dials: by family, by name, or the first there is in the order name, IPv4, IPv6. */
export const ENDPOINT_CHOICES = ['auto', 'name', 'ipv4', 'ipv6'] as const;
export type EndpointChoice = (typeof ENDPOINT_CHOICES)[number];
type EndpointKind = Exclude<EndpointChoice, 'auto'>;

const ENDPOINT = /^(?:\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?):[1-9]\d{0,4}$/;

const kindOf = (endpoint: string): EndpointKind =>
  endpoint.startsWith('[') ? 'ipv6' : /^\d{1,3}(?:\.\d{1,3}){3}:/.test(endpoint) ? 'ipv4' : 'name';

/**
 * Picks an endpoint. Threat: a service could answer with line breaks and so smuggle commands (`PostUp`) into the file; anything
 * that is not exactly `host:port` is refused. Throws `not_found` if there is none of that kind.
 */
export function chooseEndpoint(endpoints: readonly string[], choice: EndpointChoice = 'auto'): string {
  for (const endpoint of endpoints) {
    if (!ENDPOINT.test(endpoint))
      throw new LetheError('bad_address', 'The service names an endpoint that is not host:port. Nothing was written.');
  }
  const kinds: EndpointKind[] = choice === 'auto' ? ['name', 'ipv4', 'ipv6'] : [choice];
  for (const kind of kinds) {
    const found = endpoints.find((endpoint) => kindOf(endpoint) === kind);
    if (found) return found;
  }
  const word = { auto: 'endpoint yet', name: 'endpoint with a name', ipv4: 'IPv4 endpoint', ipv6: 'IPv6 endpoint' }[
    choice
  ];
  throw new LetheError(
    'not_found',
    `The server has no ${word}. Choose another with --endpoint, or try again when it is ready.`,
  );
}

export interface ConfigParts {
  /** Null for a key that was made elsewhere: the text then says where to put it. */
  privateKey: Secret<'wireguard'> | null;
  slot: number;
  /** The server's WireGuard public key, base64. */
  serverKey: string;
  endpoint: string;
}

/** The configuration text. Throws `bad_public_key` if the server's key is not one. */
export function configText({ privateKey, slot, serverKey, endpoint }: ConfigParts): string {
  parseWireguardPublicKey(serverKey);
  const own = slotAddresses(slot);
  const server = slotAddresses(TUNNEL.serverSlot);
  const key = privateKey
    ? `PrivateKey = ${privateKey.revealBase64()}`
    : '# Put the private key of this device here: it was made elsewhere.\n# PrivateKey = …';
  return `[Interface]
${key}
Address = ${own.ipv4}/32, ${own.ipv6}/128
DNS = ${server.ipv4}, ${server.ipv6}
MTU = ${TUNNEL.mtu}

[Peer]
PublicKey = ${serverKey}
AllowedIPs = 0.0.0.0/0, ::/0
Endpoint = ${endpoint}
PersistentKeepalive = ${TUNNEL.keepalive}
`;
}
