/** The link between the server and its host: addresses and default routes of the uplink. */

import { isIPv4, isIPv6 } from 'node:net';
import type { Link } from '@lethe/core/tunnel';
import { UPLINK } from './addresses.ts';
import { run, runAny } from './run.ts';
import { hasInterface, interfaceCommands } from './wireguard/interface.ts';
import { KERNEL_INTERFACE } from './wireguard/kernel.ts';

/** True if every field is an address of its family and the lengths are those of a link. */
export function isLink(link: unknown): link is Link {
  if (typeof link !== 'object' || link === null) return false;
  const { hostIpv4, serverIpv4, ipv4Length, hostIpv6, serverIpv6, ipv6Length } = link as Record<keyof Link, unknown>;
  return (
    [hostIpv4, serverIpv4].every((address) => typeof address === 'string' && isIPv4(address)) &&
    [hostIpv6, serverIpv6].every(
      (address) => typeof address === 'string' && isIPv6(address) && !address.includes('%'),
    ) &&
    ipv4Length === 30 &&
    ipv6Length === 64
  );
}

/** Commands for `ip -batch`. Repeating them changes nothing. `nodad`: both ends are known, and an address must not wait a second. */
export const linkCommands = (link: Link): string =>
  [
    'link set dev lo up',
    `link set dev ${UPLINK} up`,
    `addr replace ${link.serverIpv4}/${link.ipv4Length} dev ${UPLINK}`,
    `addr replace ${link.serverIpv6}/${link.ipv6Length} dev ${UPLINK} nodad`,
    `route replace default via ${link.hostIpv4} dev ${UPLINK}`,
    `route replace default via ${link.hostIpv6} dev ${UPLINK}`,
    '',
  ].join('\n');

/**
 * Configures the uplink and, where the kernel has WireGuard, makes the tunnel interface in the same breath: starting a process is
 * what a birth in software emulation spends its time on. Returns whether the tunnel interface was made. Throws `ToolError` if the
 * uplink cannot be configured.
 */
export async function configureLink(link: Link): Promise<boolean> {
  const uplink = linkCommands(link);
  if (!hasInterface()) {
    const { code } = await runAny('ip', ['-batch', '-'], uplink + KERNEL_INTERFACE + interfaceCommands());
    if (code === 0) return true;
  }
  await run('ip', ['-batch', '-'], uplink);
  return false;
}
