/**
 * The host's end of the channel to one machine's agent: a unix socket on which the host listens and to which the agent
 * connects, again and again, for as long as it lives. So the host may end and come back: it listens anew at the same
 * place.
 *
 * The newest connection is the one that counts. An agent has only one, so an older one is a remainder of an agent that
 * died, and is closed.
 */

import { chmodSync, chownSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { LetheError } from '@lethe/core';

/** Longest path of a unix socket in bytes: sizeof sun_path less the final zero. */
const SOCKET_PATH_BYTES = 107;

interface Waiter {
  resolve(stream: Duplex): void;
  reject(error: LetheError): void;
}

export class Channel {
  readonly #server: Server;
  readonly #path: string;
  /** The connection given out last. */
  #current: Socket | null = null;
  /** A connection nobody has asked for yet; nobody reads it, so it holds no more than one stream buffer. */
  #pending: Socket | null = null;
  #waiters = new Set<Waiter>();

  private constructor(server: Server, path: string) {
    this.#server = server;
    this.#path = path;
    server.on('connection', (socket) => this.#accept(socket));
  }

  /**
   * Listens at `path`, in place of whoever did before. `gid` is the container's root group: it may connect, besides the
   * host's root.
   */
  static async listen(path: string, gid: number): Promise<Channel> {
    if (Buffer.byteLength(path) > SOCKET_PATH_BYTES)
      throw new LetheError(
        'engine_failed',
        'The run directory has too long a path for a socket. Choose a shorter one.',
      );
    rmSync(path, { force: true });
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause) =>
        reject(new LetheError('engine_failed', 'The channel cannot be opened.', { cause })),
      );
      server.listen(path, resolve);
    });
    // Not a reason to keep this program running.
    server.unref();
    const channel = new Channel(server, path);
    // Until here only root could connect; the agent tries again.
    chownSync(path, 0, gid);
    chmodSync(path, 0o660);
    return channel;
  }

  /**
   * The agent's connection. If there is none that is new since the last call, the one given out last is closed and the
   * next one is waited for. Throws `unreachable` if none comes within `limitMs`, or when the channel closes.
   */
  connect(limitMs: number): Promise<Duplex> {
    if (this.#pending && !this.#pending.destroyed) return Promise.resolve(this.#hand(this.#pending));
    this.#current?.destroy();
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        resolve: (stream) => {
          clearTimeout(limit);
          resolve(stream);
        },
        reject: (error) => {
          clearTimeout(limit);
          this.#waiters.delete(waiter);
          reject(error);
        },
      };
      const limit = setTimeout(() => waiter.reject(unreachable('did not connect in time')), limitMs);
      this.#waiters.add(waiter);
    });
  }

  /** Closes everything; those who wait get `unreachable`. */
  close(): void {
    for (const waiter of this.#waiters) waiter.reject(unreachable('has ended'));
    this.#pending?.destroy();
    this.#current?.destroy();
    this.#server.close();
    rmSync(this.#path, { force: true });
  }

  #accept(socket: Socket): void {
    // A broken connection shows as its end; the reason is of no use to anyone.
    socket.on('error', () => socket.destroy());
    this.#pending?.destroy();
    this.#pending = socket;
    const [waiter] = this.#waiters;
    if (!waiter) {
      this.#current?.destroy();
      return;
    }
    this.#waiters.delete(waiter);
    waiter.resolve(this.#hand(socket));
  }

  #hand(socket: Socket): Socket {
    this.#current?.destroy();
    this.#current = socket;
    this.#pending = null;
    return socket;
  }
}

const unreachable = (what: string): LetheError => new LetheError('unreachable', `The server's agent ${what}.`);
