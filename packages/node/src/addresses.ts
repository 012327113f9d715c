/** Names and address ranges that the firewall and the resolver share. */

import { TUNNEL } from '@lethe/core/tunnel';

export const UPLINK = 'eth0';
export const TUNNEL_INTERFACE = 'wg0';

export const TUNNEL_IPV4 = `${TUNNEL.ipv4Prefix}0/${TUNNEL.ipv4Length}`;
export const TUNNEL_IPV6 = `${TUNNEL.ipv6Prefix}/${TUNNEL.ipv6Length}`;

/**
 * Destinations that are nobody's on the internet. A customer's packets never go there, so that a server is no way into the networks
 * of its host or of other servers, and no name may resolve to one (DNS rebinding).
 */
export const PRIVATE_IPV4: readonly string[] = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
];
export const PRIVATE_IPV6: readonly string[] = [
  '::/127',
  '::ffff:0:0/96',
  '64:ff9b:1::/48',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
];

/** Multicast, reserved and broadcast. */
export const MULTICAST_IPV4: readonly string[] = ['224.0.0.0/3'];
export const MULTICAST_IPV6: readonly string[] = ['ff00::/8'];
