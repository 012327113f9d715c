/** UDP sockets, and the end that sends datagrams back. */

import { createSocket, type Socket } from 'node:dgram';
import { isIPv4 } from 'node:net';
import type { Bound } from './bind.ts';
import type { Notes } from './seen.ts';

/** Called with each datagram, the address and the port it came from. */
export type OnDatagram = (bytes: Buffer, from: string, port: number, reply: (bytes: Uint8Array) => void) => void;

/** Binds one address. Throws the system's error. */
export async function listenUdp(address: string, port: number, on: OnDatagram): Promise<Bound> {
  const socket: Socket = createSocket({ type: isIPv4(address) ? 'udp4' : 'udp6', ipv6Only: !isIPv4(address) });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once('error', reject);
  socket.bind({ address, port, exclusive: true }, resolve);
  try {
    await promise;
  } catch (error) {
    socket.close();
    await closed;
    throw error;
  }
  // An answer that cannot be sent is lost, as any datagram may be.
  socket.on('error', () => {});
  socket.on('message', (bytes, { address: from, port: fromPort }) =>
    on(bytes, from, fromPort, (answer) => socket.send(answer, fromPort, from, () => {})),
  );
  return {
    port: socket.address().port,
    close: () => {
      socket.close();
      return closed;
    },
  };
}

/**
 * Sends a datagram back once, as it came. Two such ends could be set upon each other by a false sender, and would send for ever: so nothing
 * goes to the ports of services (below 1024), and no more is sent back than is noted.
 */
export const echo =
  (notes: Notes): OnDatagram =>
  (bytes, from, port, reply) => {
    if (notes.datagram(bytes, from) && port >= 1024) reply(bytes);
  };
