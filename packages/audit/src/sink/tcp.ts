/** A TCP listener that strangers may reach: few connections, short ones. */

import type { Server, Socket } from 'node:net';
import type { Bound } from './bind.ts';

/** Connections at a time, for each port and address; more are closed at once. */
export const MAX_CONNECTIONS = 64;
/** Milliseconds without a byte, and in all. */
export const IDLE_MS = 5000;
const LIFE_MS = 30_000;

/** Listens with the limits above. Throws the system's error. */
export async function listenTcp(server: Server, address: string, port: number): Promise<Bound> {
  const open = new Set<Socket>();
  server.maxConnections = MAX_CONNECTIONS;
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    const end = setTimeout(() => socket.destroy(), LIFE_MS);
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    socket
      .on('error', () => {})
      .on('close', () => {
        clearTimeout(end);
        open.delete(socket);
      });
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen({ host: address, port, ipv6Only: true }, resolve);
  await promise;
  // Errors of a server that listens are about one connection (no descriptors left, for instance), which is lost then.
  server.on('error', () => {});
  return {
    port: (server.address() as { port: number }).port,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        for (const socket of open) socket.destroy();
      }),
  };
}
