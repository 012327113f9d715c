/** Sockets through which something could listen to traffic, or to what the kernel tells about it. */

import { existsSync, readFileSync } from 'node:fs';
import type { UndeclaredKind } from '@lethe/core/inventory';
import { slotAddresses, TUNNEL } from '@lethe/core/tunnel';
import { filterUser } from '../filter-start.ts';
import { RESOLVER } from '../resolver.ts';
import { judging } from './kernel-file.ts';
import { screened } from './screened.ts';

/** Local end, state and user of every socket. Whom it speaks with does not pass. */
const SCRIPT = `for table in tcp tcp6 udp udp6 udplite udplite6 raw raw6; do
  [ -r /proc/net/$table ] || continue
  while read -r slot near far state queues timer retries user rest; do echo "$table $near $state $user"; done </proc/net/$table
done`;

/** States of /proc/net/tcp and udp (include/net/tcp_states.h). UDP that is not tied to one address is "closed". */
const LISTENING = '0A';
const OPEN_UDP = '07';
const ROOT = 0;
/** Netlink families (include/uapi/linux/netlink.h): of routes and interfaces, to which wireguard-go listens. */
const NETLINK_ROUTE = 0;
const NETLINK_NETFILTER = 12;
/** The group of changes to rules (NFNLGRP_NFTABLES, include/uapi/linux/netfilter/nfnetlink.h), as a mask. */
const RULE_CHANGES = 1 << 6;

export interface SocketUsers {
  filter: number;
  resolver: number | null;
}

function usersNow(): SocketUsers {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith('unbound:'));
  return { filter: filterUser(), resolver: line === undefined ? null : Number(line.split(':')[2]) };
}

const NOBODY: ReadonlySet<number> = new Set();

/**
 * All of them. Null if the kernel does not tell. `mayListen` are processes of the server's own watch, which hear of changes to the packet
 * filter.
 */
export async function searchSockets(mayListen = NOBODY): Promise<UndeclaredKind[] | null> {
  const rows = await screened(SCRIPT);
  if (!rows?.some(([table]) => table === 'tcp')) return null;
  const users = usersNow();
  const listeners = searchListeners(mayListen);
  return listeners && [...new Set([...rows.flatMap((row) => undeclaredSocket(row, users)), ...listeners])];
}

/** Those that the kernel hands packets or news to: read without a tool, as no line of theirs tells whom anybody speaks with. */
export function searchListeners(mayListen = NOBODY): UndeclaredKind[] | null {
  if (!existsSync('/proc/net/packet')) return null;
  return [...packetSocketsNow(), ...listening(netlinkSocketsNow(), mayListen), ...kernelListeners()];
}

/** Judges a row of table, local end as hexadecimal, state and user. */
export function undeclaredSocket(
  [table = '', near = '', state = '', user = '']: string[],
  users: SocketUsers,
): UndeclaredKind[] {
  if (!near.includes(':')) return []; // the header
  if (table.startsWith('raw')) return ['raw_socket'];
  if (table.startsWith('tcp') ? state !== LISTENING : state !== OPEN_UDP) return [];
  return isDeclared(table, near, Number(user), users) ? [] : ['listening_socket'];
}

function isDeclared(table: string, near: string, user: number, users: SocketUsers): boolean {
  const [address = '', hexPort = ''] = near.split(':');
  const port = Number.parseInt(hexPort, 16);
  const udp = table === 'udp' || table === 'udp6';
  if (!udp && table !== 'tcp' && table !== 'tcp6') return false;
  const isTunnelEnd = [TUNNEL_ENDS.ipv4, TUNNEL_ENDS.ipv6].includes(address);
  if (port === 53 && isTunnelEnd) return user === users.filter;
  // Unbound opens its sockets before it gives up root.
  if (port === RESOLVER.port && address === hexIPv4(RESOLVER.address)) return user === ROOT || user === users.resolver;
  // Questions to name servers: a random port for each.
  if (udp && user === users.resolver) return true;
  return udp && port === TUNNEL.listenPort && user === ROOT;
}

/** As /proc/net/tcp prints it on little-endian machines: words of four bytes, each the other way round. */
export const hexIPv4 = (address: string): string =>
  Buffer.from(address.split('.').map(Number).toReversed()).toString('hex').toUpperCase();

/** The same for an IPv6 address with at most one `::`. */
export function hexIPv6(address: string): string {
  const [head = '', tail = ''] = address.split('::');
  const groups = (text: string): string[] =>
    text === '' ? [] : text.split(':').map((group) => group.padStart(4, '0'));
  const gap = 8 - groups(head).length - groups(tail).length;
  const bytes = Buffer.from([...groups(head), ...Array<string>(gap).fill('0000'), ...groups(tail)].join(''), 'hex');
  return bytes.swap32().toString('hex').toUpperCase();
}

const self = slotAddresses(TUNNEL.serverSlot);
const TUNNEL_ENDS = { ipv4: hexIPv4(self.ipv4), ipv6: hexIPv6(self.ipv6) };

/** From the text of /proc/net/packet: a server has no packet socket. */
export const packetSockets = (text: string): UndeclaredKind[] =>
  text.trim().split('\n').length > 1 ? ['packet_socket'] : [];

/** From the text of /proc/net/netlink: programs that the kernel tells about connections, packets or devices as they come. */
export const netlinkListeners = (text: string, mayListen = NOBODY): UndeclaredKind[] =>
  listening(parseNetlink(text), mayListen);

interface NetlinkSocket {
  family: number;
  /** Of the process, as a rule. */
  port: number;
  /** What it hears of by itself, as a mask. */
  groups: number;
}

const parseNetlink = (text: string): NetlinkSocket[] =>
  text
    .trim()
    .split('\n')
    .slice(1)
    .map((row) => row.trim().split(/\s+/))
    .map(([, family, port, groups]) => ({
      family: Number(family),
      port: Number(port),
      groups: Number.parseInt(groups!, 16),
    }));

function listening(sockets: readonly NetlinkSocket[], mayListen: ReadonlySet<number>): UndeclaredKind[] {
  const listens = sockets.some(({ family, port, groups }) => {
    if (port === 0 || groups === 0 || family === NETLINK_ROUTE) return false;
    return !(family === NETLINK_NETFILTER && groups === RULE_CHANGES && mayListen.has(port));
  });
  return listens ? ['netlink_listener'] : [];
}

/** True if a process has a socket on which the kernel tells it of something. Throws if that cannot be read. */
export const isToldByKernel = (pid: number): boolean =>
  netlinkSocketsNow().some(({ port, groups }) => port === pid && groups !== 0);

/** Programs that rules hand packets to. */
const kernelListeners = (): UndeclaredKind[] =>
  kernelTables.some(({ path, isUsed }) => existsSync(path) && isUsed()) ? ['netlink_listener'] : [];

const packetSocketsNow = judging('/proc/net/packet', packetSockets);
const netlinkSocketsNow = judging('/proc/net/netlink', parseNetlink);
const kernelTables = ['/proc/net/netfilter/nfnetlink_log', '/proc/net/netfilter/nfnetlink_queue'].map((path) => ({
  path,
  isUsed: judging(path, (text) => text.trim() !== ''),
}));
