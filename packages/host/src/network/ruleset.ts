/**
 * The host's packet filter and address translation for all servers of an instance, as text for `nft -f`. A pure function of the list of
 * servers, loaded in one transaction: there is never a moment with half of it.
 *
 * What it must hold, whatever a server that was taken over sends:
 * - a server speaks with its own addresses only, reaches no other server, not the host, and no network that is nobody's on the
 *   internet (the host's own network, a cloud's metadata service);
 * - nothing from outside reaches a server but its WireGuard port and answers to what it asked; above all no datagram for another
 *   server's port: what a server sends by UDP leaves from ports that are no server's, since an answer to such a port would be its own;
 * - a machine that forwarded nothing before does so for servers only: it becomes nobody's router;
 * - a datagram for a server that is not there goes nowhere, least of all on to the next router;
 * - nothing is logged, counted or collected (CL-01, CL-05): no log, no counter, no set that packets can add to.
 *
 * Every chain begins by leaving alone what is not of this instance, and every policy is accept: other tables of the machine go on.
 */

import { linkAddresses, TUNNEL } from '@lethe/core';
import type { ForwardedBefore } from './forwarding.ts';
import { ANY_INSTANCE, interfaceName, interfacePrefix, tableName } from './names.ts';

export interface RuleEntry {
  /** UDP port on the host. */
  port: number;
  link: number;
  /** True: datagrams to the port go to the server. False: they are dropped, so that none waits in a buffer of the host. */
  open: boolean;
}

/**
 * Networks that are nobody's on the internet, and detours to them: IPv4 addresses inside IPv6 ones (64:ff9b::/96, 2002::/16), and the
 * address at which a cloud speaks to its machines (168.63.129.16).
 */
const PRIVATE_IPV4 =
  '0.0.0.0/8, 10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 168.63.129.16/32, 169.254.0.0/16, 172.16.0.0/12, 192.0.0.0/24, 192.168.0.0/16, 198.18.0.0/15, 224.0.0.0/3';
const PRIVATE_IPV6 =
  '::/127, ::ffff:0.0.0.0/96, 64:ff9b::/96, 64:ff9b:1::/48, 2002::/16, fc00::/7, fe80::/10, fec0::/10, ff00::/8';

/** UDP ports of a host for its servers. */
export interface PortRange {
  first: number;
  count: number;
}

export interface RulesetOptions {
  instance: string;
  /** Ports that servers can have. */
  ports: PortRange;
  forwardedBefore: ForwardedBefore;
}

/**
 * The text that puts the table in place of the one before, if there is one.
 *
 * What nearly every packet matches comes first in `forward`: the first packet of a connection has passed the rules below, and one from
 * server to server never does. Not so errors about a connection (`related`): one server could make them up about another one's.
 */
export function renderRuleset(options: RulesetOptions, entries: readonly RuleEntry[]): string {
  const { instance, ports, forwardedBefore } = options;
  const table = `inet ${tableName(instance)}`;
  const links = `"${interfacePrefix(instance)}*"`;
  const all = entries
    .toSorted((a, b) => a.link - b.link)
    .map((entry) => ({
      ...entry,
      name: `"${interfaceName(instance, entry.link)}"`,
      ipv4: linkAddresses(entry.link).serverIpv4,
      ipv6: linkAddresses(entry.link).serverIpv6,
    }));
  const open = all.filter((entry) => entry.open);
  const closed = all.filter((entry) => !entry.open);
  const to = TUNNEL.listenPort;
  const otherPorts = portsOfNoServer(ports, entries);
  return `table ${table} {}
delete table ${table}
table ${table} {
  comment "Lethe ${instance}: made and removed by lethe up"

  map in4 { type inet_service : ipv4_addr . inet_service${elements(open.map((e) => `${e.port} : ${e.ipv4} . ${to}`))}; }
  map in6 { type inet_service : ipv6_addr . inet_service${elements(open.map((e) => `${e.port} : ${e.ipv6} . ${to}`))}; }
  map out4 { type ipv4_addr : inet_service${elements(all.map((e) => `${e.ipv4} : ${e.port}`))}; }
  map out6 { type ipv6_addr : inet_service${elements(all.map((e) => `${e.ipv6} : ${e.port}`))}; }
  set own4 { type ifname . ipv4_addr${fixed(all.length)}${elements(all.map((e) => `${e.name} . ${e.ipv4}`))}; }
  set own6 { type ifname . ipv6_addr${fixed(all.length)}${elements(all.map((e) => `${e.name} . ${e.ipv6}`))}; }
  set closed { type inet_service${elements(closed.map((e) => `${e.port}`))}; }
  set private4 { type ipv4_addr; flags interval; elements = { ${PRIVATE_IPV4} }; }
  set private6 { type ipv6_addr; flags interval; elements = { ${PRIVATE_IPV6} }; }

  chain spoofed {
    type filter hook prerouting priority raw; policy accept;
    iifname != ${links} return
    iifname . ip saddr @own4 return
    iifname . ip6 saddr @own6 return
    ip6 saddr { ::, fe80::/10 } icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } ip6 hoplimit 255 return
    drop
  }
  chain inwards {
    type nat hook prerouting priority dstnat; policy accept;
    iifname ${links} return
    fib daddr type local dnat ip to udp dport map @in4
    fib daddr type local dnat ip6 to udp dport map @in6
  }
  chain inwards_from_host {
    type nat hook output priority -100; policy accept;
    ip daddr 127.0.0.0/8 return
    ip6 daddr ::1 return
    fib daddr type local dnat ip to udp dport map @in4
    fib daddr type local dnat ip6 to udp dport map @in6
  }
  chain outwards {
    type nat hook postrouting priority srcnat; policy accept;
    oifname ${links} return
    udp sport ${to} meta nfproto ipv4 masquerade to :ip saddr map @out4
    udp sport ${to} meta nfproto ipv6 masquerade to :ip6 saddr map @out6
    meta l4proto udp ip saddr @out4 masquerade to :${otherPorts}
    meta l4proto udp ip6 saddr @out6 masquerade to :${otherPorts}
    ip saddr @out4 masquerade
    ip6 saddr @out6 masquerade
  }
  chain forward {
    type filter hook forward priority filter; policy accept;
    ct state established accept
    iifname ${links} goto from_server
    oifname ${links} goto to_server
    ct status dnat ip daddr @out4 drop
    ct status dnat ip6 daddr @out6 drop
    iifname "${ANY_INSTANCE}*" return
    oifname "${ANY_INSTANCE}*" return${nobodysRouter(forwardedBefore)}
  }
  chain from_server {
    oifname ${links} drop
    ct state related accept
    ct state invalid drop
    ip daddr @private4 drop
    ip6 daddr @private6 drop
    accept
  }
  chain to_server {
    ct state related accept
    ct status dnat accept
    drop
  }
  chain to_host {
    type filter hook input priority filter; policy accept;
    udp dport @closed drop
    iifname != ${links} return
    ct state established,related accept
    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
    drop
  }
}
`;
}

/** Every packet of a server is looked up in these sets: with a known size the kernel takes a plain hash table for them. */
const fixed = (size: number): string => (size === 0 ? '' : `; flags constant; size ${size}`);

const elements = (list: readonly string[]): string => (list.length === 0 ? '' : `; elements = { ${list.join(', ')} }`);

/** Rules at the end of `forward`, for what concerns no server. */
function nobodysRouter({ ipv4, ipv6 }: ForwardedBefore): string {
  const except = (names: string[]): string =>
    names.length > 0 ? `iifname != { ${names.map((name) => `"${name}"`).join(', ')} } ` : '';
  return [
    ...(ipv4 ? [`\n    meta nfproto ipv4 ${except(ipv4)}drop`] : []),
    ...(ipv6 ? [`\n    meta nfproto ipv6 ${except(ipv6)}drop`] : []),
  ].join('');
}

const LOWEST_PORT = 1024;
const HIGHEST_PORT = 65535;

/** The largest range without a port of a server, as `first-last`. A server found again may have a port outside of the range of today. */
function portsOfNoServer({ first, count }: PortRange, entries: readonly RuleEntry[]): string {
  const taken = [[first, first + count - 1], ...entries.map(({ port }) => [port, port])] as [number, number][];
  let best: [number, number] = [LOWEST_PORT, LOWEST_PORT];
  let from = LOWEST_PORT;
  const consider = (to: number): void => {
    if (to - from > best[1] - best[0]) best = [from, to];
  };
  for (const [low, high] of taken.toSorted((a, b) => a[0] - b[0])) {
    consider(low - 1);
    from = Math.max(from, high + 1);
  }
  consider(HIGHEST_PORT);
  return best.join('-');
}
