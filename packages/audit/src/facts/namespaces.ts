/** What each network namespace holds: sockets, rules, filters, counters. */

import type { Fact, Listener, NetlinkListener, NetNamespace, PacketSocket, Process } from './facts.ts';
import { type Answers, counts, factOf, lines, numberOf } from './parse.ts';

export const NAMESPACE_QUESTIONS = [
  'packet',
  'listen',
  'netlink',
  'nft',
  'sets',
  'iptables',
  'nflog',
  'tc',
  'links',
  'wireguard',
  'net-sysctls',
] as const;
export const namespaceId = (what: (typeof NAMESPACE_QUESTIONS)[number], pid: number): string => `${what}:${pid}`;

/** One process of each network namespace: the lowest pid. */
export function representatives(processes: readonly Process[]): { id: string; pid: number }[] {
  const found = new Map<string, number>();
  for (const { netNamespace, pid } of processes) {
    if (netNamespace !== '' && pid < (found.get(netNamespace) ?? Number.POSITIVE_INFINITY))
      found.set(netNamespace, pid);
  }
  return [...found].map(([id, pid]) => ({ id, pid }));
}

export function readNamespaces(processes: readonly Process[], answers: Answers): NetNamespace[] {
  const owners = new Map<number, number>();
  for (const { pid, descriptors } of processes) {
    for (const { inode } of descriptors) if (inode !== null && !owners.has(inode)) owners.set(inode, pid);
  }
  const owner = (inode: number): number | null => owners.get(inode) ?? null;
  return representatives(processes).map(({ id, pid }): NetNamespace => {
    const fact = <T>(what: (typeof NAMESPACE_QUESTIONS)[number], read: (text: string) => T | null): Fact<T> =>
      factOf(answers, namespaceId(what, pid), read);
    return {
      id,
      pid,
      packetSockets: fact('packet', (text) => readPacket(text, owner)),
      listeners: fact('listen', (text) => readListeners(text, owner)),
      netlink: fact('netlink', (text) => readNetlink(text, owner)),
      nft: fact('nft', readNft),
      filledSets: fact('sets', lines),
      iptables: fact('iptables', lines),
      nflogGroups: fact('nflog', (text) => lines(text).map((line) => numberOf(line.trim().split(/\s+/)[0]))),
      trafficControl: fact('tc', (text) => text),
      links: fact('links', readLinks),
      wireguard: fact('wireguard', (text) => {
        const { interfaces, stale } = counts(text);
        return interfaces === undefined ? null : { interfaces, stalePeers: stale ?? 0 };
      }),
      sysctls: fact('net-sysctls', (text) => {
        const values = Object.fromEntries(
          lines(text).flatMap((line) => {
            const match = /^\/proc\/sys\/(\S+?):(.*)$/.exec(line);
            return match ? [[match[1]!.replaceAll('/', '.'), match[2]!.trim()]] : [];
          }),
        );
        return 'net.ipv4.ip_forward' in values ? values : null;
      }),
    };
  });
}

type Owner = (inode: number) => number | null;

/** /proc/net/packet: sk RefCnt Type Proto Iface R Rmem User Inode. */
const readPacket = (text: string, owner: Owner): PacketSocket[] =>
  lines(text)
    .map((line) => line.trim().split(/\s+/))
    .filter((words) => words.length >= 9 && /^\d+$/.test(words.at(-1)!))
    .map((words) => ({ protocol: words[3]!, inode: Number(words.at(-1)), pid: owner(Number(words.at(-1))) }));

/** `TRANSPORT LOCAL INODE` lines, as the question reduces the tables to: remote addresses stay on the target. */
const readListeners = (text: string, owner: Owner): Listener[] =>
  lines(text).flatMap((line) => {
    const match = /^(tcp|udp|raw) ([0-9A-F]+):([0-9A-F]{4}) (\d+)$/.exec(line.trim());
    if (!match) return [];
    const [, transport, address, port, inode] = match;
    return [
      {
        transport: transport as Listener['transport'],
        port: Number.parseInt(port!, 16),
        loopback: address!.length === 8 ? address!.endsWith('7F') : address === '00000000000000000000000001000000',
        inode: Number(inode),
        pid: owner(Number(inode)),
      },
    ];
  });

/**
 * /proc/net/netlink: sk Eth Pid Groups … Inode. Only those who listen to groups. The number in the column Pid is a port that a program may
 * choose; who holds the socket is found by its inode.
 */
const readNetlink = (text: string, owner: Owner): NetlinkListener[] =>
  lines(text)
    .map((line) => line.trim().split(/\s+/))
    .filter((words) => words.length >= 4 && /^\d+$/.test(words[1]!))
    .map((words) => ({
      protocol: Number(words[1]),
      port: Number(words[2]),
      groups: Number.parseInt(words[3]!, 16),
      pid: words.length >= 10 ? owner(Number(words.at(-1))) : null,
    }))
    .filter(({ groups }) => groups !== 0);

function readNft(text: string): Record<string, unknown>[] | null {
  try {
    const { nftables } = JSON.parse(text) as { nftables: unknown };
    return Array.isArray(nftables) ? (nftables as Record<string, unknown>[]) : null;
  } catch {
    return null;
  }
}

function readLinks(text: string): { name: string; type: string; promiscuous: number; xdp: boolean }[] | null {
  try {
    const list = JSON.parse(text) as (Link | null)[];
    if (!Array.isArray(list)) return null;
    return list.map((link) => ({
      name: String(link?.ifname ?? ''),
      type: String(link?.linkinfo?.info_kind ?? ''),
      promiscuous: Number(link?.promiscuity ?? 0),
      xdp: link?.xdp !== undefined,
    }));
  } catch {
    return null;
  }
}

/** What is used of `ip -d -j link`. */
interface Link {
  ifname?: string;
  promiscuity?: number;
  xdp?: unknown;
  linkinfo?: { info_kind?: string };
}
