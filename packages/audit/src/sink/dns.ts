/** DNS over UDP and TCP (RFC 1035, section 4.2; RFC 7766 for several questions on one connection). */

import { createServer, type Server, type Socket } from 'node:net';
import { MAX_QUERY_BYTES } from './query.ts';
import type { Notes } from './seen.ts';
import type { OnDatagram } from './udp.ts';
import { answerTo, type Zone } from './zone.ts';

/** Questions on one connection. */
const MAX_QUESTIONS = 200;
/** Bytes of answers that a connection may leave unread. */
const MAX_UNREAD = 65_536;

/** To who asked over UDP. */
export const dnsOverUdp =
  (zone: Zone, notes: Notes): OnDatagram =>
  (bytes, from, _port, reply) => {
    const { reply: answer, seen } = answerTo(zone, bytes, false);
    if (seen) notes.query({ ...seen, from });
    if (answer) reply(answer);
  };

export function dnsOverTcp(zone: Zone, notes: Notes): Server {
  return createServer((socket) => {
    const from = socket.remoteAddress ?? '';
    let bytes = Buffer.alloc(0);
    let questions = 0;
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      for (let message = first(bytes); message !== null; message = first(bytes)) {
        questions += 1;
        if (message === 'too long' || questions > MAX_QUESTIONS) return socket.destroy();
        bytes = bytes.subarray(message.length + 2);
        const { reply, seen } = answerTo(zone, message, true);
        if (seen) notes.query({ ...seen, from });
        if (reply === null || !send(socket, reply)) return socket.destroy();
      }
      return undefined;
    });
  });
}

/** The first message without its two bytes of length; null if it is not whole yet. */
function first(bytes: Buffer): Buffer | 'too long' | null {
  if (bytes.length < 2) return null;
  const length = bytes.readUInt16BE(0);
  if (length > MAX_QUERY_BYTES) return 'too long';
  return bytes.length < length + 2 ? null : bytes.subarray(2, length + 2);
}

/** False if who asked does not read its answers. */
function send(socket: Socket, reply: Buffer): boolean {
  const framed = Buffer.alloc(reply.length + 2);
  framed.writeUInt16BE(reply.length, 0);
  reply.copy(framed, 2);
  socket.write(framed);
  return socket.writableLength <= MAX_UNREAD;
}
