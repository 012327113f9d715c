/** Network interfaces that no server has, and programs attached to those it has. */

import { readdirSync } from 'node:fs';
import type { UndeclaredKind } from '@lethe/core/inventory';
import { TUNNEL_INTERFACE, UPLINK } from '../addresses.ts';
import { run } from '../run.ts';

/** Interfaces that a kernel makes in every network namespace for tunnels nobody has set up, all of them down. */
const INERT = /^(tunl0|sit0|ip6tnl0|gre0|gretap0|erspan0|ip_vti0|ip6_vti0|ip6gre0|teql0)$/;

interface Link {
  ifname: string;
  flags?: string[];
  xdp?: unknown;
}

/** Throws `ToolError` if the interfaces cannot be listed. */
export const searchInterfaces = async (): Promise<UndeclaredKind[]> =>
  undeclaredInterfaces(await run('ip', ['-json', 'link', 'show']));

/** From the output of `ip -json link show`. */
export function undeclaredInterfaces(json: string): UndeclaredKind[] {
  const links = JSON.parse(json) as Link[];
  const foreign = links.some(
    ({ ifname, flags }) =>
      !['lo', UPLINK, TUNNEL_INTERFACE].includes(ifname) && !(INERT.test(ifname) && !flags?.includes('UP')),
  );
  return [
    ...(foreign ? (['interface'] as const) : []),
    ...(links.some(({ xdp }) => xdp) ? (['bpf_program'] as const) : []),
  ];
}

/**
 * Interfaces that no server has, by the names alone and without a tool. Those that a kernel makes by itself are left out, also if they
 * are up: that takes the list.
 */
export const foreignInterfaces = (): UndeclaredKind[] =>
  readdirSync('/proc/sys/net/ipv4/conf').some(
    (name) => !['all', 'default', 'lo', UPLINK, TUNNEL_INTERFACE].includes(name) && !INERT.test(name),
  )
    ? ['interface']
    : [];
