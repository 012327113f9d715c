/**
 * The packet filter of a server as data, its text for nft, and the judgement of what the kernel says it loaded. Pure.
 *
 * No rule logs or counts, and there is no set that packets can add to: nothing here can hold an address (CL-01, CL-04). The tunnel's
 * own UDP packets are not tracked, so that a customer's outer address never enters the connection table of the server.
 */

import { slotAddresses, TUNNEL } from '@lethe/core/tunnel';
import {
  MULTICAST_IPV4,
  MULTICAST_IPV6,
  PRIVATE_IPV4,
  PRIVATE_IPV6,
  TUNNEL_INTERFACE,
  TUNNEL_IPV4,
  TUNNEL_IPV6,
  UPLINK,
} from './addresses.ts';

export const TABLE = 'lethe';

export interface Chain {
  name: string;
  hook: 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting';
  type: 'filter' | 'nat';
  priority: 'raw' | 'filter' | 'srcnat';
  policy: 'accept' | 'drop';
  rules: string[];
}

const wg = TUNNEL_INTERFACE;
const self = slotAddresses(TUNNEL.serverSlot);
const inSet = (...ranges: (readonly string[])[]): string => `{ ${ranges.flat().join(', ')} }`;
const elsewhere4 = inSet(PRIVATE_IPV4, MULTICAST_IPV4);
const elsewhere6 = inSet(PRIVATE_IPV6, MULTICAST_IPV6);
const icmpErrors = 'ct state related meta l4proto { icmp, ipv6-icmp } accept';
const neighbours = 'icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } ip6 hoplimit 255 accept';
/** Largest TCP segment in a tunnel packet: the MTU less the IP and TCP headers. nft only ever lowers the option. */
const mss4 = TUNNEL.mtu - 40;
const mss6 = TUNNEL.mtu - 60;

/** Everything a server lets through, for a list with or without `devicesMayTalk`. */
export function firewallChains(devicesMayTalk: boolean): Chain[] {
  const filter = { type: 'filter', priority: 'filter', policy: 'drop' } as const;
  const raw = { type: 'filter', priority: 'raw', policy: 'accept' } as const;
  return [
    {
      name: 'untracked_in',
      hook: 'prerouting',
      ...raw,
      rules: [`iifname "${UPLINK}" udp dport ${TUNNEL.listenPort} notrack`],
    },
    {
      name: 'untracked_out',
      hook: 'output',
      ...raw,
      rules: [`oifname "${UPLINK}" udp sport ${TUNNEL.listenPort} notrack`],
    },
    { name: 'input', hook: 'input', ...filter, rules: input() },
    { name: 'forward', hook: 'forward', ...filter, rules: forward(devicesMayTalk) },
    { name: 'output', hook: 'output', ...filter, rules: output() },
    { name: 'source_nat', hook: 'postrouting', type: 'nat', priority: 'srcnat', policy: 'accept', rules: masquerade() },
  ];
}

const input = (): string[] => [
  `iifname "${UPLINK}" udp dport ${TUNNEL.listenPort} accept`,
  'iif "lo" accept',
  'ct state established accept',
  icmpErrors,
  `iifname "${UPLINK}" ${neighbours}`,
  // The path MTU of the tunnel's untracked packets: no connection entry makes these errors "related".
  `iifname "${UPLINK}" icmp type destination-unreachable icmp code frag-needed accept`,
  `iifname "${UPLINK}" icmpv6 type packet-too-big accept`,
  `iifname "${wg}" ip saddr ${TUNNEL_IPV4} ip daddr ${self.ipv4} meta l4proto { tcp, udp } th dport 53 accept`,
  `iifname "${wg}" ip6 saddr ${TUNNEL_IPV6} ip6 daddr ${self.ipv6} meta l4proto { tcp, udp } th dport 53 accept`,
  `iifname "${wg}" ip saddr ${TUNNEL_IPV4} ip daddr ${self.ipv4} icmp type echo-request accept`,
  `iifname "${wg}" ip6 saddr ${TUNNEL_IPV6} ip6 daddr ${self.ipv6} icmpv6 type echo-request accept`,
];

const forward = (devicesMayTalk: boolean): string[] => [
  // What nearly every packet matches comes first: each rule before it costs throughput. The first packet of a connection has passed
  // the rules below. Packets between devices are none of these, so taking that permission back ends what is running.
  `iifname "${UPLINK}" oifname "${wg}" ct state established accept`,
  `iifname "${wg}" oifname "${UPLINK}" ct state established accept`,
  ...(devicesMayTalk
    ? [
        `iifname "${wg}" oifname "${wg}" ip saddr ${TUNNEL_IPV4} ip daddr ${TUNNEL_IPV4} accept`,
        `iifname "${wg}" oifname "${wg}" ip6 saddr ${TUNNEL_IPV6} ip6 daddr ${TUNNEL_IPV6} accept`,
      ]
    : []),
  `iifname "${wg}" oifname "${wg}" drop`,
  icmpErrors,
  `iifname "${wg}" oifname "${UPLINK}" ip daddr ${elsewhere4} drop`,
  `iifname "${wg}" oifname "${UPLINK}" ip6 daddr ${elsewhere6} drop`,
  // The segments the internet may send to a device. Connections begin at devices only, so the answer to a SYN needs no such limit.
  `meta nfproto ipv4 tcp flags & (syn | rst) == syn tcp option maxseg size set ${mss4}`,
  `meta nfproto ipv6 tcp flags & (syn | rst) == syn tcp option maxseg size set ${mss6}`,
  `iifname "${wg}" oifname "${UPLINK}" ip saddr ${TUNNEL_IPV4} ct state new accept`,
  `iifname "${wg}" oifname "${UPLINK}" ip6 saddr ${TUNNEL_IPV6} ct state new accept`,
];

/** A server opens no connection of its own but the resolver's, to name servers. */
const output = (): string[] => [
  `oifname "${UPLINK}" udp sport ${TUNNEL.listenPort} accept`,
  'oif "lo" accept',
  `oifname "${wg}" ct state established accept`,
  icmpErrors,
  `oifname "${UPLINK}" ${neighbours}`,
  `oifname "${UPLINK}" meta skuid "unbound" ip daddr != ${elsewhere4} meta l4proto { tcp, udp } th dport 53 accept`,
  `oifname "${UPLINK}" meta skuid "unbound" ip6 daddr != ${elsewhere6} meta l4proto { tcp, udp } th dport 53 accept`,
];

/** UDP keeps clear of the tunnel's own port: an answer to it would be taken for a WireGuard packet. */
const masquerade = (): string[] => [
  `oifname "${UPLINK}" ip saddr ${TUNNEL_IPV4} meta l4proto udp masquerade to :1024-${TUNNEL.listenPort - 1}`,
  `oifname "${UPLINK}" ip6 saddr ${TUNNEL_IPV6} meta l4proto udp masquerade to :1024-${TUNNEL.listenPort - 1}`,
  `oifname "${UPLINK}" ip saddr ${TUNNEL_IPV4} masquerade`,
  `oifname "${UPLINK}" ip6 saddr ${TUNNEL_IPV6} masquerade`,
];

/** One nft transaction that puts the chains in place of whatever the table held. */
export function rulesetText(chains: readonly Chain[]): string {
  const chainText = (chain: Chain): string =>
    [
      `\tchain ${chain.name} {`,
      `\t\ttype ${chain.type} hook ${chain.hook} priority ${chain.priority}; policy ${chain.policy};`,
      ...chain.rules.map((rule) => `\t\t${rule}`),
      '\t}',
    ].join('\n');
  return [
    `add table inet ${TABLE}`,
    `delete table inet ${TABLE}`,
    `table inet ${TABLE} {`,
    ...chains.map(chainText),
    '}',
    '',
  ].join('\n');
}

interface Listed {
  table?: { family: string; name: string };
  chain?: { table: string; name: string; hook?: string; policy?: string };
  rule?: { table: string; chain: string };
}

/**
 * True if `nft -j list ruleset` shows these chains and nothing else: same hooks and policies, as many rules in each, no other table.
 * A tool that reports success without loading anything is caught here, before a packet can be forwarded.
 */
export function showsChains(json: string, chains: readonly Chain[]): boolean {
  let listed: Listed[];
  try {
    listed = (JSON.parse(json) as { nftables: Listed[] }).nftables;
    const tables = listed.flatMap((item) => item.table ?? []);
    if (tables.length !== 1 || tables[0]!.family !== 'inet' || tables[0]!.name !== TABLE) return false;
    const found = listed.flatMap((item) => item.chain ?? []);
    const rules = listed.flatMap((item) => item.rule ?? []);
    return (
      found.length === chains.length &&
      chains.every((chain) => {
        const same = found.find((candidate) => candidate.name === chain.name);
        const count = rules.filter((rule) => rule.chain === chain.name).length;
        return same?.hook === chain.hook && same.policy === chain.policy && count === chain.rules.length;
      })
    );
  } catch {
    return false;
  }
}
