/** WireGuard in the kernel. */

import { TUNNEL_INTERFACE } from '../addresses.ts';

/** The command for `ip -batch` that makes the interface; it fails where the kernel has no WireGuard. */
export const KERNEL_INTERFACE = `link add dev ${TUNNEL_INTERFACE} type wireguard\n`;
