/** DNS messages for the filter's tests, written and read independently of the filter's own code and as plainly as RFC 1035 says it. */

export const TYPES = { A: 1, CNAME: 5, SOA: 6, TXT: 16, AAAA: 28, DNAME: 39, OPT: 41, HTTPS: 65 } as const;

export interface Record {
  name: string;
  type: number;
  class: number;
  ttl: number;
  data: Buffer;
}

export interface Message {
  id: number;
  response: boolean;
  truncated: boolean;
  recursionDesired: boolean;
  recursionAvailable: boolean;
  checkingDisabled: boolean;
  code: number;
  questions: { name: string; type: number; class: number }[];
  answers: Record[];
  authorities: Record[];
  additionals: Record[];
}

export interface QueryOptions {
  id?: number;
  type?: number;
  edns?: { payload?: number; version?: number; dnssecOk?: boolean; options?: Buffer };
  checkingDisabled?: boolean;
  recursionDesired?: boolean;
}

/** A name without compression. */
export function wireName(name: string): Buffer {
  const labels = name === '' ? [] : name.split('.');
  return Buffer.concat([
    ...labels.map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label, 'latin1')])),
    Buffer.of(0),
  ]);
}

const uint16 = (value: number): Buffer => Buffer.of(value >> 8, value & 255);

/** A query for a name. */
export function query(name: string, options: QueryOptions = {}): Buffer {
  const { id = 0x1234, type = TYPES.A, edns, checkingDisabled = false, recursionDesired = true } = options;
  const flags = (recursionDesired ? 0x0100 : 0) | (checkingDisabled ? 0x0010 : 0);
  const extra = edns?.options ?? Buffer.alloc(0);
  const opt = edns && [
    Buffer.of(0),
    uint16(TYPES.OPT),
    uint16(edns.payload ?? 1232),
    Buffer.of(0, edns.version ?? 0, edns.dnssecOk === true ? 0x80 : 0, 0),
    uint16(extra.length),
    extra,
  ];
  return Buffer.concat([
    ...[id, flags, 1, 0, 0, edns ? 1 : 0].map(uint16),
    wireName(name),
    uint16(type),
    uint16(1),
    ...(opt ?? []),
  ]);
}

/** A record; its data are given as bytes. */
export function record(name: string, type: number, data: Buffer, ttl = 60): Buffer {
  const time = Buffer.alloc(4);
  time.writeUInt32BE(ttl);
  return Buffer.concat([wireName(name), uint16(type), uint16(1), time, uint16(data.length), data]);
}

/** An answer to a query without EDNS, with these records. */
export function answer(asked: Buffer, records: Buffer[], flags = 0x8180): Buffer {
  const question = asked.subarray(12, asked.indexOf(0, 12) + 5);
  return Buffer.concat([asked.subarray(0, 2), ...[flags, 1, records.length, 0, 0].map(uint16), question, ...records]);
}

/** Reads a message. Throws a RangeError for one that ends too soon, has bytes left or a pointer that leads forward. */
export function readMessage(bytes: Buffer): Message {
  let at = 12;
  const name = (): string => {
    const labels: string[] = [];
    let from = at;
    let jumped = false;
    for (;;) {
      const length = bytes.readUInt8(from);
      if (length >= 0xc0) {
        const target = bytes.readUInt16BE(from) & 0x3fff;
        if (target >= from) throw new RangeError('A pointer leads forward.');
        if (!jumped) at = from + 2;
        jumped = true;
        from = target;
        continue;
      }
      if (length > 63) throw new RangeError('A label is malformed.');
      if (length === 0) break;
      labels.push(bytes.toString('latin1', from + 1, from + 1 + length));
      from += 1 + length;
    }
    if (!jumped) at = from + 1;
    return labels.join('.');
  };
  const number = (size: 2 | 4): number => {
    at += size;
    return bytes.readUIntBE(at - size, size);
  };
  const records = (count: number): Record[] =>
    Array.from({ length: count }, () => {
      const head = { name: name(), type: number(2), class: number(2), ttl: number(4) };
      const length = number(2);
      if (at + length > bytes.length) throw new RangeError('A record leaves the message.');
      at += length;
      return { ...head, data: bytes.subarray(at - length, at) };
    });
  const flags = bytes.readUInt16BE(2);
  const counts = [4, 6, 8, 10].map((offset) => bytes.readUInt16BE(offset));
  const message: Message = {
    id: bytes.readUInt16BE(0),
    response: (flags & 0x8000) !== 0,
    truncated: (flags & 0x0200) !== 0,
    recursionDesired: (flags & 0x0100) !== 0,
    recursionAvailable: (flags & 0x0080) !== 0,
    checkingDisabled: (flags & 0x0010) !== 0,
    code: flags & 15,
    questions: Array.from({ length: counts[0]! }, () => ({ name: name(), type: number(2), class: number(2) })),
    answers: records(counts[1]!),
    authorities: records(counts[2]!),
    additionals: records(counts[3]!),
  };
  if (at !== bytes.length) throw new RangeError('Bytes are left after the message.');
  return message;
}
