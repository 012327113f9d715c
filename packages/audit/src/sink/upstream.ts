/**
 * What a VPN server's resolver tells the world, judged by what reached the sink after a client had looked up its marked names through the VPN.
 *
 * Threat: the sink can be reached by anybody, so only queries that carry a token count: tokens are random and were said to the VPN alone.
 * Who operates the VPN can still have its resolver behave for these names; what is told is how it behaved here.
 */

import { BlockList, isIPv4 } from 'node:net';
import type { Seen, SeenQuery } from './seen.ts';

export interface Asked {
  /** Of the sink. */
  zone: string;
  /**
   * Full names that the client looked up, lower case. The first label is the token: random, of this name alone. Only a name with two labels
   * or more between it and the zone (`<token>.a.ok.<zone>`) tells about minimisation; more are better, as resolvers take steps of any size.
   * The labels between should be random too and of this name alone: what a cache knows already is not asked again.
   */
  names: readonly string[];
  /** Addresses of the client: its own and those it has in the tunnel. Nobody upstream should learn them. */
  clients: readonly string[];
  /** Addresses that may ask, those of the VPN server as a rule; null if they are not known. */
  expected: readonly string[] | null;
}

export type Upstream =
  /** Nothing of ours arrived: nothing is known. */
  | { known: false }
  | {
      known: true;
      /** False if a list of the sink was full: what was found counts all the same, what was not found says nothing. */
      complete: boolean;
      /**
       * RFC 9156, as seen by the zone's own server: true if a shorter name came before every full one; false if some full name came at once;
       * null if no full name arrived that could tell. Not seen here: what the servers of the parent zones were asked.
       */
      minimised: boolean | null;
      /** RFC 7871: something about the client was said with a name. An option of no bits says nothing. */
      clientSubnet: boolean;
      /** What was said holds an address of the client. */
      clientRevealed: boolean;
      /** Different addresses that asked. */
      resolvers: number;
      /** Some name was asked for from an address that is not expected; null if none are known. */
      elsewhere: boolean | null;
    };

export function upstreamOf(seen: Seen, asked: Asked): Upstream {
  const tokens = new Set(asked.names.map((name) => name.split('.', 1)[0]!));
  const ours = seen.queries.filter(({ name }) => name.split('.').some((label) => tokens.has(label)));
  if (ours.length === 0) return { known: false };
  const expected = asked.expected === null ? null : listOf(asked.expected);
  const subnets = ours.flatMap(({ clientSubnet }) =>
    clientSubnet === null || clientSubnet.endsWith('/0') ? [] : [clientSubnet],
  );
  return {
    known: true,
    complete: !seen.full,
    minimised: minimised(seen.queries, asked),
    clientSubnet: subnets.length > 0,
    clientRevealed: subnets.some((subnet) => asked.clients.some((client) => holds(subnet, client))),
    resolvers: new Set(ours.map(({ from }) => from)).size,
    elsewhere: expected === null ? null : ours.some(({ from }) => !expected.check(from, family(from))),
  };
}

function minimised(queries: readonly SeenQuery[], { zone, names }: Asked): boolean | null {
  // BIND asks for `_.a.b` where others ask for `a.b`, so as to be told of a name below it.
  const order = queries.map(({ name }) => (name.startsWith('_.') ? name.slice(2) : name));
  const votes = names.flatMap((name) => {
    const shorter = between(name, zone);
    const full = order.indexOf(name);
    if (full < 0 || shorter.size === 0) return [];
    return [order.slice(0, full).some((one) => shorter.has(one))];
  });
  return votes.length === 0 ? null : votes.every(Boolean);
}

/** Names between a name and the zone. The one directly below the zone is left out: anybody can guess and ask it. */
function between(name: string, zone: string): Set<string> {
  const shorter = new Set<string>();
  for (let rest = parent(name); parent(rest).endsWith(`.${zone}`); rest = parent(rest)) shorter.add(rest);
  return shorter;
}

const parent = (name: string): string => name.split('.').slice(1).join('.');
const family = (address: string): 'ipv4' | 'ipv6' => (isIPv4(address) ? 'ipv4' : 'ipv6');

function listOf(addresses: readonly string[]): BlockList {
  const list = new BlockList();
  for (const address of addresses) list.addAddress(address, family(address));
  return list;
}

function holds(subnet: string, client: string): boolean {
  const [address, bits] = subnet.split('/') as [string, string];
  const list = new BlockList();
  list.addSubnet(address, Number(bits), family(address));
  return family(client) === family(address) && list.check(client, family(client));
}
