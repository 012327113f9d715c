/** Names and address ranges that the firewall and the resolver share. */

import { TUNNEL } from '@lethe/core/tunnel';

export const UPLINK = 'eth0';
export const TUNNEL_INTERFACE = 'wg0';

export const TUNNEL_IPV4 = `${TUNNEL.ipv4Prefix}0/${TUNNEL.ipv4Length}`;
export const TUNNEL_IPV6 = `${TUNNEL.ipv6Prefix}/${TUNNEL.ipv6Length}`;

/**
 * Destinations that are nobody's on the internet. A customer's packets never go there, so that a server is no way into the networks
 * of its host or of other servers, and no name may resolve to one (DNS rebinding). With them go the detours to them: IPv4 addresses
 * inside IPv6 ones, and the address at which a cloud speaks to its machines (168.63.129.16).
 */
export const PRIVATE_IPV4: readonly string[] = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
];
export const PRIVATE_IPV6: readonly string[] = [
  '::/127',
  '::ffff:0:0/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '2002::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
];

/** Multicast, reserved and broadcast. */
export const MULTICAST_IPV4: readonly string[] = ['224.0.0.0/3'];
export const MULTICAST_IPV6: readonly string[] = ['ff00::/8'];
