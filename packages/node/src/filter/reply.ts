/** The answers that the filter gives by itself, written into a buffer of the caller's. */

import { FLAG, HEADER_BYTES, MAX_QUESTION_BYTES, putUint16, RCODE, TYPE } from './wire.ts';

/** Seconds that a blocked answer may be kept, so that a change of mind takes effect soon. */
export const BLOCKED_TTL_S = 10;
/** Room for every answer here: a question, the largest record and OPT with one option. */
export const REPLY_BYTES = HEADER_BYTES + MAX_QUESTION_BYTES + 128;

/** NODATA: the name is there, but nothing of the type (RFC 2308 section 2.2). */
export type Refusal = 'nxdomain' | 'zero' | 'nodata';

/** Extended DNS Error "Blocked" (RFC 8914 section 4.16) as an option of OPT, without text. */
const EDE_BLOCKED = Uint8Array.of(0, 15, 0, 2, 0, 15);
/** What a server that reassembles nothing may be sent over UDP. */
const UDP_PAYLOAD_BYTES = 1232;

/** `blocked.invalid` as MNAME; RNAME is the same by a pointer filled in later. The name can be nobody's (RFC 6761 section 6.4). */
const SOA_NAME = Buffer.from('\x07blocked\x07invalid\0', 'latin1');
const SOA_NUMBERS = [1, 3600, 600, 86_400, BLOCKED_TTL_S];
/** Points at the name of the question. */
const QUESTION_POINTER = 0xc000 | HEADER_BYTES;

/** What an answer needs to know of its query. */
export interface Asked {
  id: number;
  /** Holds the question's name, type and class from `start` to `end`. */
  bytes: Uint8Array;
  start: number;
  end: number;
  /** Of `FLAG`. */
  flags: number;
}

/** Writes the answer to a blocked name; returns its length. */
export function writeBlocked(out: Buffer, asked: Asked, refusal: Refusal): number {
  const type = (asked.bytes[asked.end - 4]! << 8) | asked.bytes[asked.end - 3]!;
  const addressBytes = refusal !== 'zero' ? 0 : type === TYPE.A ? 4 : type === TYPE.AAAA ? 16 : 0;
  let at = writeQuestion(out, asked, refusal === 'nxdomain' ? RCODE.NXDOMAIN : RCODE.NOERROR);
  if (addressBytes > 0) {
    putUint16(out, 6, 1);
    at = writeRecordHead(out, at, type, addressBytes);
    out.fill(0, at, at + addressBytes);
    at += addressBytes;
  } else {
    putUint16(out, 8, 1);
    at = writeSoa(out, at);
  }
  return writeOpt(out, at, asked.flags, EDE_BLOCKED);
}

/** Writes an answer that holds the question and a response code; returns its length. */
export function writeFailure(out: Buffer, asked: Asked, code: number): number {
  const end = writeQuestion(out, asked, code);
  return writeOpt(out, end, asked.flags, null);
}

/** Writes the answer to a message that could not be read: a header alone (RFC 1035 section 4.1.1). Returns its length. */
export function writeRefused(out: Buffer, message: Uint8Array, code: number): number {
  out.fill(0, 0, HEADER_BYTES);
  out[0] = message[0]!;
  out[1] = message[1]!;
  // QR, the opcode and RD as they came.
  out[2] = 0x80 | (message[2]! & 0x79);
  out[3] = 0x80 | code;
  return HEADER_BYTES;
}

function writeQuestion(out: Buffer, { id, bytes, start, end, flags }: Asked, code: number): number {
  out.fill(0, 0, HEADER_BYTES);
  putUint16(out, 0, id);
  out[2] = 0x80 | ((flags & FLAG.RECURSION_DESIRED) !== 0 ? 0x01 : 0);
  out[3] = 0x80 | ((flags & FLAG.CHECKING_DISABLED) !== 0 ? 0x10 : 0) | code;
  putUint16(out, 4, 1);
  for (let index = start; index < end; index += 1) out[HEADER_BYTES + index - start] = bytes[index]!;
  return HEADER_BYTES + end - start;
}

/** Owner (the name asked for), type, class IN, time to live and length of a record. */
function writeRecordHead(out: Buffer, at: number, type: number, length: number): number {
  putUint16(out, at, QUESTION_POINTER);
  putUint16(out, at + 2, type);
  putUint16(out, at + 4, 1);
  out.writeUInt32BE(BLOCKED_TTL_S, at + 6);
  putUint16(out, at + 10, length);
  return at + 12;
}

/** How long a negative answer may be kept stands in an SOA record (RFC 2308 section 3): this one is made up. */
function writeSoa(out: Buffer, start: number): number {
  const mname = writeRecordHead(out, start, TYPE.SOA, SOA_NAME.length + 2 + 4 * SOA_NUMBERS.length);
  let at = mname + SOA_NAME.copy(out, mname);
  putUint16(out, at, 0xc000 | mname);
  at += 2;
  for (const number of SOA_NUMBERS) at = out.writeUInt32BE(number, at);
  return at;
}

/** OPT, if the query had one: an answer may not have it otherwise (RFC 6891 section 7). DO is copied (RFC 3225 section 3). */
function writeOpt(out: Buffer, start: number, flags: number, option: Uint8Array | null): number {
  if ((flags & FLAG.EDNS) === 0) return start;
  putUint16(out, 10, 1);
  out.fill(0, start, start + 11);
  putUint16(out, start + 1, TYPE.OPT);
  putUint16(out, start + 3, UDP_PAYLOAD_BYTES);
  out[start + 7] = (flags & FLAG.DNSSEC_OK) !== 0 ? 0x80 : 0;
  if (option === null) return start + 11;
  putUint16(out, start + 9, option.length);
  out.set(option, start + 11);
  return start + 11 + option.length;
}
