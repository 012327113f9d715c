/** Listening: on the address that was asked for, and for loopback on its IPv6 twin too, whatever /etc/hosts says of localhost. */

import { createServer, type Server } from 'node:net';
import { LetheError } from '@lethe/core';
import type { App } from './app.ts';

export interface Listening {
  port: number;
  close(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';
const LOOPBACK_V6 = '::1';

/** Listens; port 0 takes any free one. Throws `port_in_use`, also if only one of the two loopback addresses is taken. */
export async function listen(app: App, address: string, port: number): Promise<Listening> {
  const inUse = (cause: unknown): unknown =>
    codeOf(cause) === 'EADDRINUSE'
      ? new LetheError('port_in_use', `Port ${port} is in use. Nothing was started. Choose another port.`, { cause })
      : cause;
  try {
    await app.listen({ port, host: address });
    const bound = (app.server.address() as { port: number }).port;
    const twin = address === LOOPBACK ? await listenTwin(app, bound) : undefined;
    return {
      port: bound,
      close: async () => {
        twin?.close();
        await app.close();
      },
    };
  } catch (cause) {
    await app.close();
    throw inUse(cause);
  }
}

/** Connections to ::1 go to the same HTTP server. A machine without IPv6 has no such address, and needs none. */
async function listenTwin(app: App, port: number): Promise<Server | undefined> {
  const twin = createServer((socket) => app.server.emit('connection', socket));
  try {
    await new Promise<void>((resolve, reject) => {
      twin.once('error', reject);
      twin.listen({ port, host: LOOPBACK_V6, ipv6Only: true }, resolve);
    });
    return twin;
  } catch (error) {
    if (codeOf(error) === 'EADDRNOTAVAIL' || codeOf(error) === 'EAFNOSUPPORT') return undefined;
    throw error;
  }
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;
