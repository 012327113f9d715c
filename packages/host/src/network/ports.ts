/**
 * UDP ports held for servers, so that no other program of this machine can take one, and so that a port that is taken already is seen.
 * Datagrams are turned towards the server, or dropped, before they reach the socket: see the ruleset.
 */

import { createSocket, type Socket } from 'node:dgram';
import { LetheError } from '@lethe/core';
import { hasIpv6 } from './ipv6.ts';

export class HeldPorts {
  readonly #held = new Map<string, { port: number; socket: Socket }>();

  /** The port a server holds, or null. */
  portOf(id: string): number | null {
    return this.#held.get(id)?.port ?? null;
  }

  /** Holds a port for a server, on all addresses of both families; another one that it held is released. Throws `port_in_use`. */
  async hold(id: string, port: number): Promise<void> {
    if (this.portOf(id) === port) return;
    await this.release(id);
    const socket = createSocket(hasIpv6() ? { type: 'udp6', ipv6Only: false } : { type: 'udp4' });
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject);
        socket.bind({ port, exclusive: true }, resolve);
      });
    } catch (cause) {
      socket.close();
      throw new LetheError(
        'port_in_use',
        'The port of a server is in use by another program. The server was not started.',
        {
          cause,
        },
      );
    }
    socket.removeAllListeners('error');
    socket.on('error', () => {});
    socket.unref();
    this.#held.set(id, { port, socket });
  }

  /** Lets a server's port go. Succeeds if it holds none. */
  async release(id: string): Promise<void> {
    const held = this.#held.get(id);
    this.#held.delete(id);
    if (held) await new Promise<void>((resolve) => held.socket.close(resolve));
  }

  async releaseAll(): Promise<void> {
    await Promise.all([...this.#held.keys()].map((id) => this.release(id)));
  }
}
