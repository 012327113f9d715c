/** What a canary run sends, and the words it will be known by. All of it is the auditor's own: no word is a user's. */

import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import type { Marker } from '../markers/marker.ts';
import type { Seen } from '../sink/seen.ts';

/**
 * Where each word goes. `lookup` is below several labels, so that QNAME minimisation shows; `long` is kept by caches for a week; `gone`
 * does not exist; `blocked` is below a name that every block list has; `control` is planted on the target by the audit itself.
 */
export const WORDS = [
  'lookup',
  'long',
  'gone',
  'blocked',
  'host',
  'path',
  'agent',
  'sni',
  'datagram',
  'control',
] as const;
export type Word = (typeof WORDS)[number];

/** Where the internet side can be reached. */
export interface SinkPlace {
  /** Zone that the sink answers for, such as `canary.example.org`. */
  zone: string;
  /** The sink's own addresses. */
  addresses: string[];
  http: number;
  tls: number;
  udp: number;
}

export interface CanaryPlan {
  sink: SinkPlace;
  words: Record<Word, string>;
}

/** Fourteen characters that no text has by chance: 72 bits. They begin with a letter, as a DNS label has to. */
const newWord = (): string => {
  const digits = BigInt(`0x${randomBytes(12).toString('hex')}`).toString(36);
  return `q${digits.padStart(13, '0').slice(-13)}`;
};

export function newPlan(sink: SinkPlace): CanaryPlan {
  return { sink, words: Object.fromEntries(WORDS.map((word) => [word, newWord()])) as Record<Word, string> };
}

/** Name of the lookup whose way to the sink is measured, below labels that no cache has seen; and those of the others. */
export const lookupsOf = ({ sink: { zone }, words }: CanaryPlan): { lookup: string; others: string[] } => ({
  lookup: `${words.lookup}.u${words.lookup.slice(1, 7)}.v${words.lookup.slice(7)}.ok.${zone}`,
  others: [`${words.long}.long.${zone}`, `${words.gone}.gone.${zone}`, `${words.blocked}.doubleclick.net`],
});

/** What the client could tell of what it sent. The sink knows better what arrived. */
export interface Sent {
  /** The lookup that has an address was answered with one. */
  lookup: boolean;
  /** The page came. */
  page: boolean;
  /** A datagram came back. */
  datagram: boolean;
}

/** What a client is known by on the way in. */
export interface ClientIdentity {
  /** Address and port that the server sees; null where they are not known. */
  outer: { address: string; port: number } | null;
  /** Addresses inside the tunnel, without lengths. */
  inner: string[];
  /** WireGuard public key, base64; null for other kinds. */
  publicKey: string | null;
}

/** Everything to look for on the target. */
export function markersOf(plan: CanaryPlan, client: ClientIdentity): Marker[] {
  const { sink, words } = plan;
  const dns = new Set<Word>(['lookup', 'long', 'gone', 'blocked']);
  return [
    ...WORDS.map((word): Marker => {
      const kind = dns.has(word) ? 'dns' : word === 'sni' ? 'sni' : word === 'datagram' ? 'udp' : 'host';
      return { id: word, kind, text: words[word] };
    }),
    ...sink.addresses.map(
      (address, index): Marker => ({ id: `destination-${index + 1}`, kind: 'destination', address, port: sink.udp }),
    ),
    ...(client.outer ? [{ id: 'client-address', kind: 'identity', ...client.outer } as const] : []),
    ...client.inner.map(
      (address, index): Marker => ({ id: `tunnel-address-${index + 1}`, kind: 'identity', address, port: 0 }),
    ),
    ...(client.publicKey
      ? [{ id: 'client-key', kind: 'identity', key: Buffer.from(client.publicKey, 'base64') } as const]
      : []),
  ];
}

/** What strangers sent to the sink is left out: it is not the audit's. */
export function ownOf(seen: Seen, { words, sink }: CanaryPlan): Seen {
  const own = (text: string): boolean => WORDS.some((word) => text.includes(words[word]));
  const lookup = `.v${words.lookup.slice(7)}.ok.${sink.zone}`;
  return {
    // A resolver that minimises asks for parts of the name first.
    queries: seen.queries.filter(({ name }) => own(name) || `.${name}`.endsWith(lookup)),
    hosts: seen.hosts.filter(({ host, path }) => own(host) || own(path)),
    names: seen.names.filter(({ name }) => own(name)),
    datagrams: seen.datagrams.filter(({ text }) => own(text)),
    full: seen.full,
  };
}

/** What the file of facts keeps of a canary run: enough to judge it again. */
export interface CanaryRecord {
  plan: CanaryPlan;
  client: ClientIdentity;
  /** What the client could tell. */
  sent: Sent;
  /** What arrived at the sink. */
  seen: Seen;
  /** The on/off pattern that was sent while counters were sampled; `start` on the target's own clock, null if that could not be read. */
  pattern: {
    on: boolean[];
    symbolMs: number;
    start: number | null;
    /** For the patterns that were not sent; drawn after the samples were taken, so that nothing on the target could know them. */
    seed: number;
  };
  /** Whether the target was looked at again after the client had left for longer than a handshake lasts. */
  left: boolean;
  /** The target was reached over ssh, so that this machine's address stands in its records for other reasons. */
  ssh: boolean;
  /** Processes of the auditor's own side, if the target sees them too. */
  own: number[];
}

/** True if a value from a file can be judged as a canary run. */
export function isCanaryRecord(value: unknown): value is CanaryRecord {
  const { plan, client, sent, seen, pattern, own } = (value ?? {}) as Partial<CanaryRecord>;
  const texts = (list: unknown): boolean => Array.isArray(list) && list.every((one) => typeof one === 'string');
  return (
    WORDS.every((word) => /^[a-z0-9]{14}$/.test(String(plan?.words?.[word]))) &&
    typeof plan?.sink?.zone === 'string' &&
    texts(plan.sink.addresses) &&
    plan.sink.addresses.every((address) => isIP(address) > 0) &&
    texts(client?.inner) &&
    client!.inner.every((address) => isIP(address) > 0) &&
    (client!.outer === null || isIP(String(client!.outer?.address)) > 0) &&
    (client!.publicKey === null || /^[A-Za-z0-9+/]{43}=$/.test(String(client!.publicKey))) &&
    typeof sent === 'object' &&
    [seen?.queries, seen?.hosts, seen?.names, seen?.datagrams].every(Array.isArray) &&
    Array.isArray(pattern?.on) &&
    pattern.on.length >= 2 &&
    pattern.on.length <= 512 &&
    pattern.on.filter((one) => one === true).length * 2 === pattern.on.length &&
    typeof pattern.symbolMs === 'number' &&
    pattern.symbolMs > 0 &&
    (pattern.start === null || Number.isFinite(pattern.start)) &&
    Number.isInteger(pattern.seed) &&
    Array.isArray(own)
  );
}
