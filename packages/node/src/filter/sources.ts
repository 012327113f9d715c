/** Who is answered: devices inside the tunnel. Nobody else reaches the port, and a second check costs next to nothing. */

import { BlockList, isIPv6 } from 'node:net';
import { TUNNEL_IPV4, TUNNEL_IPV6 } from '../addresses.ts';

export const TUNNEL_SOURCES: readonly string[] = [TUNNEL_IPV4, TUNNEL_IPV6];

/** True if an address (as the kernel writes it) may ask. */
export type Allows = (address: string | undefined) => boolean;

/** `ranges` are written like 10.66.0.0/24. Throws for a malformed one. */
export function allowedSources(ranges: readonly string[]): Allows {
  const list = new BlockList();
  for (const range of ranges) {
    const [network, length] = range.split('/');
    list.addSubnet(network!, Number(length), isIPv6(network!) ? 'ipv6' : 'ipv4');
  }
  return (address) => address !== undefined && list.check(address, address.includes(':') ? 'ipv6' : 'ipv4');
}
