/**
 * Connection entries of the host's kernel that belong to a server. They hold its devices' outer addresses and its destinations
 * (CL-04), so they go when the server goes. They also go when its port opens: the kernel translates the first datagram of a flow only,
 * and a device that kept calling while the port was closed would otherwise never get through.
 */

import { linkAddresses } from '@lethe/core';
import { run } from '../run.ts';
import { hasIpv6 } from './ipv6.ts';

/** Removes every entry of a server's port and of its link. Without the tool or entries nothing happens. */
export async function forgetFlows(port: number, link: number): Promise<void> {
  const { serverIpv4, serverIpv6 } = linkAddresses(link);
  const families: [string, string][] = [['ipv4', serverIpv4]];
  if (hasIpv6()) families.push(['ipv6', serverIpv6]);
  for (const [family, address] of families) {
    const filters = [
      ['--proto', 'udp', '--orig-port-dst', String(port)],
      ['--orig-src', address],
      ['--reply-src', address],
    ];
    // The tool also fails when there is nothing to delete; then there is nothing to say either.
    await Promise.all(
      filters.map((filter) => run('conntrack', ['--delete', '--family', family, ...filter]).catch(() => {})),
    );
  }
}
