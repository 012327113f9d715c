/** A DNS query, read from bytes that anybody may have made (RFC 1035, section 4; RFC 6891 for EDNS; RFC 7871 for client subnets). */

import { type DecodedPacket, decode, type OptAnswer, type Question } from 'dns-packet';
import { textForms } from '../markers/addresses.ts';

export interface Query {
  id: number;
  recursionDesired: boolean;
  /** With the letters' case as asked (0x20): the answer repeats it. */
  question: Question;
  /** Lower case, without the last dot; empty for the root. */
  name: string;
  /** `A`, …; `TYPE64` for one without a name (RFC 3597). */
  type: string;
  /** Null without an OPT record. */
  edns: { version: number; udpSize: number; dnssecOk: boolean; clientSubnet: string | null } | null;
}

/** Why there is no query: to be told to who asked, or `drop` to stay silent. */
export type NoQuery = 'drop' | 'FORMERR' | 'NOTIMP' | 'REFUSED';

/** A longer message is no question of a resolver: a name has 255 bytes, padding goes to a multiple of 128 (RFC 8467). */
export const MAX_QUERY_BYTES = 4096;

/** A query has at most an OPT and a signature (TSIG or SIG(0)) beside its question. */
const MAX_ADDITIONALS = 2;

/**
 * Never throws. Answers are dropped, so that two servers cannot be set upon each other. A name whose labels hold anything but printable
 * ASCII, or a dot, is no name of the sink's; neither is one that points elsewhere in the message.
 */
export function readQuery(bytes: Buffer): Query | NoQuery {
  if (bytes.length < 12 || bytes[2]! & 0x80) return 'drop';
  if (bytes.length > MAX_QUERY_BYTES) return 'FORMERR';
  if (bytes[2]! & 0x78) return 'NOTIMP';
  // Counts first: the library makes room for as many records as the header says.
  const [questions, answers, authorities, additionals] = [4, 6, 8, 10].map((at) => bytes.readUInt16BE(at));
  if (questions !== 1 || answers !== 0 || authorities !== 0 || additionals! > MAX_ADDITIONALS) return 'FORMERR';
  let packet: DecodedPacket;
  try {
    packet = decode(bytes);
  } catch {
    return 'FORMERR';
  }
  const question = packet.questions![0]!;
  if (!isPlain(question.name, bytes)) return 'FORMERR';
  if (question.class !== 'IN') return 'REFUSED';
  const options = packet.additionals!.filter((record): record is OptAnswer => record.type === 'OPT');
  if (options.length > 1 || options.some(({ name }) => name !== '.')) return 'FORMERR';
  const edns = readEdns(options[0]);
  if (edns === 'FORMERR') return edns;
  return {
    id: packet.id!,
    recursionDesired: packet.flag_rd,
    question,
    name: question.name === '.' ? '' : question.name.toLowerCase(),
    type: question.type.replace('UNKNOWN_', 'TYPE'),
    edns,
  };
}

/** True if the text stands for exactly these bytes: then the library writes back the name that was asked. */
function isPlain(name: string, bytes: Buffer): boolean {
  if (!/^[\x21-\x7e]+$/.test(name)) return false;
  const labels = name === '.' ? [] : name.split('.');
  const wire = Buffer.from(`${labels.map((label) => String.fromCharCode(label.length) + label).join('')}\0`, 'latin1');
  return wire.equals(bytes.subarray(12, 12 + wire.length));
}

function readEdns(option: OptAnswer | undefined): Query['edns'] | 'FORMERR' {
  if (option === undefined) return null;
  const { ednsVersion: version, udpPayloadSize: udpSize, flag_do: dnssecOk, options } = option;
  const subnet = options.find(({ code }) => code === 8);
  const clientSubnet = subnet === undefined ? null : readSubnet(subnet.data!);
  return clientSubnet === 'FORMERR' ? clientSubnet : { version, udpSize, dnssecOk, clientSubnet };
}

/** RFC 7871, section 6: family (1 IPv4, 2 IPv6), source prefix length, scope, as many bytes of the address as are needed. */
function readSubnet(data: Buffer): string | 'FORMERR' {
  if (data.length < 4) return 'FORMERR';
  const [family, bits] = [data.readUInt16BE(0), data[2]!];
  // Family 0 and no bits: "tell nobody" without an address.
  if (family === 0 && bits === 0) return '0.0.0.0/0';
  const size = family === 1 ? 4 : 16;
  if ((family !== 1 && family !== 2) || bits > size * 8 || data.length - 4 > size) return 'FORMERR';
  const address = new Uint8Array(size);
  address.set(data.subarray(4));
  return `${textForms(address)[0]!}/${bits}`;
}
