/**
 * The sink's DNS answers: authoritative for one zone (RFC 1034, section 4.3.2), without state.
 *
 *     <zone>          SOA, NS
 *     ns.<zone>       A, AAAA
 *     *.ok.<zone>     A, AAAA; at any depth, kept for 60 seconds
 *     *.long.<zone>   the same, kept for a week
 *     *.gone.<zone>   does not exist
 *
 * `ok`, `long` and `gone` themselves are empty: they exist without data (RFC 8020), so that a resolver that minimises goes on. Below `gone` it
 * may stop at the first name, as all below that cannot exist: a name whose lookup shall arrive has one label there.
 */

import { isIPv4 } from 'node:net';
import { type Answer, AUTHORITATIVE_ANSWER, encode, type Packet, TRUNCATED_RESPONSE } from 'dns-packet';
import { type NoQuery, type Query, readQuery } from './query.ts';
import type { SeenQuery } from './seen.ts';

export interface Zone {
  /** Lower case, without the last dot. */
  name: string;
  /** What every name has. */
  addresses: readonly string[];
}

/** Seconds. */
export const SHORT_TTL = 60;
export const LONG_TTL = 604_800;

/** A UDP answer that goes through every network unbroken (RFC 9715, section 3). */
const UDP_BYTES = 1232;
const RCODE = { NOERROR: 0, FORMERR: 1, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 };

/** `reply` is null where silence is the answer; `seen` is null for what is not in the zone. Never throws. */
export function answerTo(
  zone: Zone,
  bytes: Buffer,
  overTcp: boolean,
): { reply: Buffer | null; seen: Omit<SeenQuery, 'from'> | null } {
  const query = readQuery(bytes);
  if (typeof query === 'string') return { reply: refusal(bytes, query), seen: null };
  const found = query.edns !== null && query.edns.version !== 0 ? BAD_VERSION : lookUp(zone, query);
  const inside = isAtOrBelow(query.name, zone.name);
  return {
    reply: write(query, found, overTcp),
    seen: inside
      ? {
          name: query.name,
          type: query.type,
          overTcp,
          clientSubnet: query.edns?.clientSubnet ?? null,
          dnssecOk: query.edns?.dnssecOk ?? false,
        }
      : null,
  };
}

interface Found {
  rcode: keyof typeof RCODE;
  /** The upper bits of the answer's code, which travel in the OPT record. */
  extendedRcode?: number;
  answers?: Answer[];
  authorities?: Answer[];
  additionals?: Answer[];
}

/** BADVERS (RFC 6891, section 6.1.3): only version 0 of EDNS is spoken. */
const BAD_VERSION: Found = { rcode: 'NOERROR', extendedRcode: 1 };

function lookUp(zone: Zone, { name, type, question }: Query): Found {
  if (!isAtOrBelow(name, zone.name) || type === 'AXFR' || type === 'IXFR') return { rcode: 'REFUSED' };
  const ns = `ns.${zone.name}`;
  const soa: Answer = {
    type: 'SOA',
    name: zone.name,
    ttl: SHORT_TTL,
    data: {
      mname: ns,
      rname: `hostmaster.${zone.name}`,
      serial: 1,
      refresh: 3600,
      retry: 600,
      expire: 86_400,
      minimum: SHORT_TTL,
    },
  };
  const noData: Found = { rcode: 'NOERROR', authorities: [soa] };
  const addresses = (owner: string, ttl: number, wanted: string): Answer[] =>
    zone.addresses
      .map((data) => ({ type: isIPv4(data) ? ('A' as const) : ('AAAA' as const), name: owner, ttl, data }))
      .filter((record) => wanted === 'any' || record.type === wanted);

  if (name === zone.name) {
    if (type === 'SOA') return { rcode: 'NOERROR', answers: [{ ...soa, name: question.name }] };
    if (type !== 'NS') return noData;
    return {
      rcode: 'NOERROR',
      answers: [{ type: 'NS', name: question.name, ttl: SHORT_TTL, data: ns }],
      additionals: addresses(ns, SHORT_TTL, 'any'),
    };
  }
  const labels = name.slice(0, -zone.name.length - 1).split('.');
  const top = labels.at(-1);
  const below = labels.length > 1;
  if (!below && (top === 'ok' || top === 'long' || top === 'gone')) return noData;
  if (below ? top !== 'ok' && top !== 'long' : top !== 'ns') return { rcode: 'NXDOMAIN', authorities: [soa] };
  const answers = addresses(question.name, top === 'long' ? LONG_TTL : SHORT_TTL, type);
  return answers.length > 0 ? { rcode: 'NOERROR', answers } : noData;
}

const isAtOrBelow = (name: string, zone: string): boolean => name === zone || name.endsWith(`.${zone}`);

function write({ id, recursionDesired, question, edns }: Query, found: Found, overTcp: boolean): Buffer {
  const option: Answer[] =
    edns === null
      ? []
      : [
          {
            type: 'OPT',
            name: '.',
            udpPayloadSize: UDP_BYTES,
            extendedRcode: found.extendedRcode ?? 0,
            ednsVersion: 0,
            flags: edns.dnssecOk ? 0x8000 : 0,
            flag_do: edns.dnssecOk,
            options: [],
          },
        ];
  const own = found.rcode === 'NOERROR' || found.rcode === 'NXDOMAIN';
  const flags = (own ? AUTHORITATIVE_ANSWER : 0) | (recursionDesired ? 0x100 : 0) | RCODE[found.rcode];
  const packet: Packet = { type: 'response', id, flags, questions: [question], additionals: option };
  const whole = encode({
    ...packet,
    answers: found.answers ?? [],
    authorities: found.authorities ?? [],
    additionals: [...(found.additionals ?? []), ...option],
  });
  const limit = overTcp ? 65_535 : Math.min(UDP_BYTES, Math.max(512, edns?.udpSize ?? 512));
  return whole.length <= limit ? whole : encode({ ...packet, flags: flags | TRUNCATED_RESPONSE });
}

/** A header alone: what was asked could not be read, or is nothing that is repeated. */
function refusal(bytes: Buffer, why: NoQuery): Buffer | null {
  if (why === 'drop') return null;
  const reply = Buffer.alloc(12);
  bytes.copy(reply, 0, 0, 2);
  reply[2] = 0x80 | (bytes[2]! & 0x79);
  reply[3] = RCODE[why];
  return reply;
}
