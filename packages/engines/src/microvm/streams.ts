/** The streams to machines' agents. QEMU listens and serves one client of a socket at a time, so a new stream waits for the end of the last. */

import { createConnection, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { LetheError } from '@lethe/core';

export const unreachable = (): LetheError =>
  new LetheError('unreachable', "The server's virtual machine does not run.");

export class Streams {
  readonly #open = new Map<string, Socket>();

  /** A stream to the socket of a machine, in place of an earlier one. Throws `unreachable`. */
  async open(id: string, path: string): Promise<Duplex> {
    await closed(this.#open.get(id));
    const socket = createConnection(path);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', () => reject(unreachable()));
    });
    // A broken stream shows as its end; the reason is of no use to anyone.
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      if (this.#open.get(id) === socket) this.#open.delete(id);
    });
    this.#open.set(id, socket);
    return socket;
  }

  close(id: string): void {
    this.#open.get(id)?.destroy();
    this.#open.delete(id);
  }
}

const closed = (socket: Socket | undefined): Promise<void> =>
  new Promise((resolve) => {
    if (!socket || socket.closed) return resolve();
    socket.once('close', () => resolve());
    socket.destroy();
  });
