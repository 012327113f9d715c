/** One DNS question over UDP, and over TCP if the answer was cut short. */

import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import {
  decode,
  encode,
  type Packet,
  RECURSION_DESIRED,
  streamDecode,
  streamEncode,
  TRUNCATED_RESPONSE,
} from 'dns-packet';

export interface DnsQuestion {
  name: string;
  type: string;
  server: string;
  /** For each of two tries. */
  timeoutMs: number;
  port?: number;
}

export interface Answer {
  /** NOERROR, NXDOMAIN, SERVFAIL … */
  rcode: string;
  /** The resolver says it has validated the answer. */
  authentic: boolean;
  answers: { name: string; type: string; ttl: number; data: string }[];
}

/** Asks with the DO bit set, so that a validating resolver says whether it did. Throws an error with code ETIMEDOUT, or of the socket. */
export async function ask(question: DnsQuestion): Promise<Answer> {
  const query: Packet = {
    type: 'query',
    id: Math.floor(Math.random() * 65536),
    flags: RECURSION_DESIRED,
    questions: [{ type: question.type as 'A', name: question.name }],
    additionals: [
      {
        type: 'OPT',
        name: '.',
        udpPayloadSize: 1232,
        extendedRcode: 0,
        ednsVersion: 0,
        flags: 0x8000,
        flag_do: true,
        options: [],
      },
    ],
  };
  let answer: Packet;
  try {
    answer = await overUdp(query, question);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ETIMEDOUT') throw error;
    answer = await overUdp(query, question);
  }
  if ((answer.flags ?? 0) & TRUNCATED_RESPONSE) answer = await overTcp(query, question);
  return {
    rcode: (answer as Packet & { rcode?: string }).rcode ?? 'NOERROR',
    authentic: ((answer.flags ?? 0) & 0x20) !== 0,
    answers: (answer.answers ?? []).flatMap((record) =>
      record.type === 'OPT' || record.type === 'RRSIG'
        ? []
        : [
            {
              name: record.name,
              type: record.type,
              ttl: 'ttl' in record ? (record.ttl ?? 0) : 0,
              data: String(record.data),
            },
          ],
    ),
  };
}

const timeout = (): Error => Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' });

function overUdp(query: Packet, { server, port, timeoutMs }: DnsQuestion): Promise<Packet> {
  const socket = createSocket(server.includes(':') ? 'udp6' : 'udp4');
  const { promise, resolve, reject } = Promise.withResolvers<Packet>();
  const timer = setTimeout(() => reject(timeout()), timeoutMs);
  socket.on('error', reject);
  socket.on('message', (bytes) => {
    const packet = decode(bytes);
    if (packet.id === query.id) resolve(packet);
  });
  socket.connect(port ?? 53, server, () => socket.send(encode(query)));
  return promise.finally(() => {
    clearTimeout(timer);
    socket.close();
  });
}

function overTcp(query: Packet, { server, port, timeoutMs }: DnsQuestion): Promise<Packet> {
  const { promise, resolve, reject } = Promise.withResolvers<Packet>();
  const socket = connect(port ?? 53, server, () => socket.write(streamEncode(query)));
  let bytes = Buffer.alloc(0);
  socket.setTimeout(timeoutMs, () => reject(timeout()));
  socket.on('error', reject).on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    if (bytes.length >= 2 && bytes.length >= bytes.readUInt16BE(0) + 2) resolve(streamDecode(bytes));
  });
  return promise.finally(() => socket.destroy());
}
