/**
 * The part of DNS messages that the filter reads (RFC 1035 section 4, RFC 6891), by hand on bytes and without an object per message.
 * Whatever is not one well-formed question never reaches the resolver.
 */

export const HEADER_BYTES = 12;
/** Longest query that is read. A question has at most 271 bytes with its header; the rest is room for EDNS options. */
export const MAX_QUERY_BYTES = 4096;
/** Longest name on the wire (RFC 1035 section 2.3.4), its root label included. */
export const MAX_NAME_BYTES = 255;
/** Longest question: a name, its type and its class. */
export const MAX_QUESTION_BYTES = MAX_NAME_BYTES + 4;

export const TYPE = { A: 1, CNAME: 5, SOA: 6, AAAA: 28, DNAME: 39, OPT: 41, SVCB: 64, HTTPS: 65 } as const;
export const RCODE = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4 } as const;

/** Bits of the flags that an answer copies from its query. */
export const FLAG = { RECURSION_DESIRED: 1, CHECKING_DISABLED: 2, EDNS: 4, DNSSEC_OK: 8 } as const;

/** What `readQuery` finds. The numbers are the response codes that a refused message is answered with; DROP is answered with nothing. */
export const READ = { DROP: -1, WELL_FORMED: 0, FORMERR: RCODE.FORMERR, NOTIMP: RCODE.NOTIMP } as const;
export type Read = (typeof READ)[keyof typeof READ];

/** The place of the question and the flags of the query read last. One object for all of them. */
export class QueryView {
  /** Offset after the question's class; the question begins after the header. */
  questionEnd = 0;
  type = 0;
  /** Of `FLAG`. */
  flags = 0;
  /** The resolver answers versions other than 0 (RFC 6891 section 6.1.3: BADVERS). */
  ednsVersion = 0;
}

/** Reads a message from a device into `view`. Nothing in `view` counts unless the result is WELL_FORMED. */
export function readQuery(message: Uint8Array, view: QueryView): Read {
  // An answer is never answered, or two servers could talk for ever.
  if (message.length < HEADER_BYTES || (message[2]! & 0x80) !== 0) return READ.DROP;
  if ((message[2]! & 0x78) !== 0) return READ.NOTIMP;
  const truncated = (message[2]! & 0x02) !== 0;
  if (truncated || message.length > MAX_QUERY_BYTES) return READ.FORMERR;
  const additional = uint16(message, 10);
  if (uint16(message, 4) !== 1 || uint16(message, 6) !== 0 || uint16(message, 8) !== 0 || additional > 1)
    return READ.FORMERR;
  const nameEnd = skipPlainName(message, HEADER_BYTES);
  if (nameEnd < 0 || nameEnd + 4 > message.length) return READ.FORMERR;
  view.type = uint16(message, nameEnd);
  view.questionEnd = nameEnd + 4;
  view.ednsVersion = 0;
  view.flags =
    ((message[2]! & 0x01) !== 0 ? FLAG.RECURSION_DESIRED : 0) |
    ((message[3]! & 0x10) !== 0 ? FLAG.CHECKING_DISABLED : 0);
  if (view.type === TYPE.OPT) return READ.FORMERR;
  if (additional === 0) return view.questionEnd === message.length ? READ.WELL_FORMED : READ.FORMERR;
  return readOpt(message, view.questionEnd, view) ? READ.WELL_FORMED : READ.FORMERR;
}

/** Reads the only additional record a query may have: OPT, with whole options, as the last thing in the message. */
function readOpt(message: Uint8Array, start: number, view: QueryView): boolean {
  if (start + 11 > message.length || message[start] !== 0 || uint16(message, start + 1) !== TYPE.OPT) return false;
  let option = start + 11;
  if (option + uint16(message, start + 9) !== message.length) return false;
  while (option < message.length) {
    if (option + 4 > message.length) return false;
    option += 4 + uint16(message, option + 2);
  }
  if (option !== message.length) return false;
  view.ednsVersion = message[start + 6]!;
  view.flags |= FLAG.EDNS | ((message[start + 7]! & 0x80) !== 0 ? FLAG.DNSSEC_OK : 0);
  return true;
}

/** Offset after a name without compression, or -1 if it is malformed, longer than 255 bytes or leaves the message. */
export function skipPlainName(message: Uint8Array, start: number): number {
  for (let at = start; at < message.length && at - start < MAX_NAME_BYTES; ) {
    const length = message[at]!;
    if (length === 0) return at + 1;
    if (length > 63) return -1;
    at += 1 + length;
  }
  return -1;
}

/** Offset after a name that may end in a compression pointer, which is not followed; -1 if it is malformed or leaves the message. */
export function skipName(message: Uint8Array, start: number): number {
  for (let at = start; at < message.length && at - start < MAX_NAME_BYTES; ) {
    const length = message[at]!;
    if (length === 0) return at + 1;
    if (length >= 0xc0) return at + 2 <= message.length ? at + 2 : -1;
    if (length > 63) return -1;
    at += 1 + length;
  }
  return -1;
}

/**
 * Copies a name that may be compressed (RFC 1035 section 4.1.4) to the start of `out`, which has room for 255 bytes. Returns its
 * length, or -1 if it is malformed. Each pointer has to lead further back than the one before it, so that a loop ends.
 */
export function copyName(message: Uint8Array, start: number, out: Uint8Array): number {
  let written = 0;
  let lowest = start;
  for (let at = start; at < message.length; ) {
    const length = message[at]!;
    if (length >= 0xc0) {
      if (at + 2 > message.length) return -1;
      const target = ((length & 0x3f) << 8) | message[at + 1]!;
      if (target >= lowest) return -1;
      at = lowest = target;
      continue;
    }
    if (length > 63 || at + 1 + length > message.length || written + 1 + length > MAX_NAME_BYTES) return -1;
    for (let index = 0; index <= length; index += 1) out[written + index] = message[at + index]!;
    written += 1 + length;
    at += 1 + length;
    if (length === 0) return written;
  }
  return -1;
}

/** Big-endian; the caller has checked the bounds. */
export const uint16 = (bytes: Uint8Array, at: number): number => (bytes[at]! << 8) | bytes[at + 1]!;

export function putUint16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value & 0xff;
}
