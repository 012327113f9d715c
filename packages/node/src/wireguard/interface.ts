/** The tunnel interface of this network namespace, whoever made it: the kernel or wireguard-go. */

import { existsSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { slotAddresses, TUNNEL } from '@lethe/core/tunnel';
import { TUNNEL_INTERFACE } from '../addresses.ts';

/** /proc/sys/net shows the reader's own namespace, whatever /sys shows. */
export const hasInterface = (): boolean => existsSync(`/proc/sys/net/ipv4/conf/${TUNNEL_INTERFACE}`);

/** Commands for `ip -batch` that give the interface its addresses and bring it up. Repeating them changes nothing. */
export function interfaceCommands(): string {
  const { ipv4, ipv6 } = slotAddresses(TUNNEL.serverSlot);
  return [
    `addr replace ${ipv4}/${TUNNEL.ipv4Length} dev ${TUNNEL_INTERFACE}`,
    `addr replace ${ipv6}/${TUNNEL.ipv6Length} dev ${TUNNEL_INTERFACE} nodad`,
    `link set dev ${TUNNEL_INTERFACE} mtu ${TUNNEL.mtu} up`,
    '',
  ].join('\n');
}

/** True if the interface is up with its addresses and MTU. */
export function isConfigured(): boolean {
  const { ipv4, ipv6 } = slotAddresses(TUNNEL.serverSlot);
  const found = networkInterfaces()[TUNNEL_INTERFACE]?.map(({ address }) => address) ?? [];
  const mtu = `/proc/sys/net/ipv6/conf/${TUNNEL_INTERFACE}/mtu`;
  return (
    [ipv4, ipv6].every((address) => found.includes(address)) && readFileSync(mtu, 'utf8').trim() === String(TUNNEL.mtu)
  );
}
