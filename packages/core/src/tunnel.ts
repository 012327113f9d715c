/** Addresses inside a tunnel and on the link between a server and its host. The same on every server: none of them names a customer. */

export const TUNNEL = {
  ipv4Prefix: '10.66.0.',
  ipv4Length: 24,
  ipv6Prefix: 'fd66:6c65:7468:65::',
  ipv6Length: 64,
  /** Host number of the server itself; its resolver answers there. */
  serverSlot: 1,
  firstSlot: 2,
  lastSlot: 254,
  /** WireGuard's default: 1500 less 40 (IPv6) + 8 (UDP) + 32 (WireGuard). Right for both outer families. */
  mtu: 1420,
  /** Seconds. Keeps a mapping in the customer's router open; 0 would strand a phone behind NAT. */
  keepalive: 25,
  /** UDP port WireGuard listens on inside the server; the host maps its own port to it. */
  listenPort: 51820,
} as const;

/** IPv4 and IPv6 address of a slot inside the tunnel, without prefix length. */
export const slotAddresses = (slot: number): { ipv4: string; ipv6: string } => ({
  ipv4: `${TUNNEL.ipv4Prefix}${slot}`,
  ipv6: `${TUNNEL.ipv6Prefix}${slot.toString(16)}`,
});

/** The point-to-point link between host and server number `index` (0 to 16383): a /30 of 100.127.0.0/16 (RFC 6598) and a /64 ULA. */
export interface Link {
  hostIpv4: string;
  serverIpv4: string;
  ipv4Length: 30;
  hostIpv6: string;
  serverIpv6: string;
  ipv6Length: 64;
}

export function linkAddresses(index: number): Link {
  if (!Number.isInteger(index) || index < 0 || index > 16383) throw new RangeError('A host has at most 16384 links.');
  const base = index * 4;
  const ipv4 = (offset: number): string => `100.127.${(base + offset) >> 8}.${(base + offset) & 255}`;
  const subnet = `fd66:6c65:746a:${index.toString(16)}::`;
  return {
    hostIpv4: ipv4(1),
    serverIpv4: ipv4(2),
    ipv4Length: 30,
    hostIpv6: `${subnet}1`,
    serverIpv6: `${subnet}2`,
    ipv6Length: 64,
  };
}
