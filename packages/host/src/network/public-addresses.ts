/** The addresses that devices can dial, as far as this machine can tell: those of the interface its default route goes out of. */

import { run } from '../run.ts';

interface Route {
  dev?: string;
  prefsrc?: string;
}
interface Address {
  family?: string;
  local?: string;
  scope?: string;
  deprecated?: boolean;
  temporary?: boolean;
  tentative?: boolean;
}

/**
 * At most one IPv4 and one IPv6 address, IPv4 first; empty without a default route. Behind a router that translates addresses these
 * are private ones: right for a try in one's own network, while the world outside needs an address named by the operator.
 */
export async function detectPublicAddresses(): Promise<string[]> {
  const [ipv4, ipv6] = await Promise.all([addressOf('-4'), addressOf('-6')]);
  return [ipv4, ipv6].filter((address) => address !== null);
}

async function addressOf(family: '-4' | '-6'): Promise<string | null> {
  const routes = parse<Route>(await run('ip', ['-json', family, 'route', 'show', 'default']));
  const route = routes.find((entry) => typeof entry.dev === 'string');
  if (!route) return null;
  const links = parse<{ addr_info?: Address[] }>(await run('ip', ['-json', family, 'addr', 'show', 'dev', route.dev!]));
  return chooseAddress(
    links.flatMap((link) => link.addr_info ?? []),
    route.prefsrc ?? null,
  );
}

/** The address the route prefers, else the most lasting and most public one. */
export function chooseAddress(addresses: readonly Address[], preferred: string | null): string | null {
  const usable = addresses.filter((entry) => entry.scope === 'global' && !entry.deprecated && !entry.tentative);
  const rank = (entry: Address): number =>
    (entry.local === preferred ? 0 : 4) + (entry.temporary ? 2 : 0) + (/^f[cd]/i.test(entry.local ?? '') ? 1 : 0);
  return usable.toSorted((a, b) => rank(a) - rank(b))[0]?.local ?? null;
}

function parse<T>(json: string): T[] {
  const list: unknown = JSON.parse(json || '[]');
  return Array.isArray(list) ? (list as T[]) : [];
}
