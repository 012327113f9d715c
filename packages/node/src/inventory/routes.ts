/**
 * Routes of a server: each goes out by an interface that a server has, only the uplink has a next router, and only the tunnel's own
 * network lies behind the tunnel. Any other one leads packets past the filter or to somebody else.
 */

import { existsSync } from 'node:fs';
import type { UndeclaredKind } from '@lethe/core/inventory';
import { TUNNEL_INTERFACE, TUNNEL_IPV4, TUNNEL_IPV6, UPLINK } from '../addresses.ts';
import { run } from '../run.ts';
import { judging } from './kernel-file.ts';
import { hexIPv4 } from './sockets.ts';

const LOOPBACK = 'lo';
/** RTF_REJECT and RTF_GATEWAY (include/uapi/linux/route.h). */
const REJECT = 0x200;
const GATEWAY = 0x2;
/** Rules that every kernel begins with: for local addresses, the main table and an empty one. */
const RULES = [
  { priority: 0, table: 'local' },
  { priority: 32766, table: 'main' },
  { priority: 32767, table: 'default' },
];

export interface Route {
  device: string;
  /** Hexadecimal, as the kernel prints it. */
  destination: string;
  /** True if it is for every address; half of all addresses is not. */
  everything: boolean;
  flags: number;
}

/** From the text of /proc/net/route. */
export const parseRoutes4 = (text: string): Route[] =>
  rows(text)
    .slice(1)
    .map(([device = '', destination = '', , flags = '', , , , mask = '']) => ({
      device,
      destination,
      everything: /^0*$/.test(destination + mask),
      flags: Number.parseInt(flags, 16),
    }));

/** From the text of /proc/net/ipv6_route. */
export const parseRoutes6 = (text: string): Route[] =>
  rows(text).map((fields) => ({
    device: fields[9] ?? '',
    destination: fields[0] ?? '',
    everything: /^0*$/.test(`${fields[0]}${fields[1]}`),
    flags: Number.parseInt(fields[8] ?? '', 16),
  }));

const rows = (text: string): string[][] =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.trim().split(/\s+/));

const behindTunnel4 = hexIPv4(TUNNEL_IPV4.split('/')[0]!);
const behindTunnel6 = TUNNEL_IPV6.split('/')[0]!
  .replace('::', '')
  .split(':')
  .map((group) => group.padStart(4, '0'))
  .join('');

/** Addresses that every interface has a route to: link-local and multicast. */
const onEveryLink6 = (destination: string): boolean => /^f(e[89ab]|f)/.test(destination);

/** True if a route is none of a server's. */
export function isForeignRoute({ device, destination, everything, flags }: Route): boolean {
  const router = (flags & GATEWAY) !== 0;
  if (device === LOOPBACK) return router;
  if (device === UPLINK) return everything ? !router : router || /^0*$/.test(destination);
  if (device !== TUNNEL_INTERFACE || router) return true;
  const own = destination === behindTunnel4 || destination.startsWith(behindTunnel6);
  return !own && !onEveryLink6(destination);
}

/** Where the routes lead: read from the kernel, without a tool. Throws if they cannot be read. */
export const searchRoutes = (): UndeclaredKind[] =>
  foreignRoutes4() || (existsSync(IPV6) && foreignRoutes6()) ? ['route_changed'] : [];

const IPV6 = '/proc/net/ipv6_route';
const foreignRoutes4 = judging('/proc/net/route', (text) => someForeign(parseRoutes4(text)));
const foreignRoutes6 = judging(IPV6, (text) => someForeign(parseRoutes6(text)));

const someForeign = (routes: readonly Route[]): boolean =>
  routes.filter(({ device, flags }) => device !== LOOPBACK || (flags & REJECT) === 0).some(isForeignRoute);

/** Which table a packet is looked up in. Throws `ToolError` if that cannot be asked. */
export const searchRoutingRules = async (): Promise<UndeclaredKind[]> =>
  foreignRoutingRules(await run('ip', ['-json', 'rule', 'show']), await run('ip', ['-6', '-json', 'rule', 'show']));

/** From the output of `ip -json rule show` of each family. */
export function foreignRoutingRules(...outputs: string[]): UndeclaredKind[] {
  const foreign = outputs
    .flatMap((json) => JSON.parse(json) as Record<string, unknown>[])
    .some(
      ({ priority, table, src, ...conditions }) =>
        src !== 'all' ||
        Object.keys(conditions).length > 0 ||
        !RULES.some((rule) => rule.priority === priority && rule.table === table),
    );
  return foreign ? ['route_changed'] : [];
}
