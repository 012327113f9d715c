/** The two sides of a filter under test: a device that asks, and a resolver whose every byte the test decides. */

import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type Socket as Connection, connect, createServer, isIPv6 } from 'node:net';
import type { Place } from '../src/filter/arguments.ts';

/** Generous: a wait that ends by it is a failure. */
const LIMIT_MS = 10_000;

/** A device: one UDP socket. */
export class Device {
  readonly #socket: Socket;
  readonly #to: Place;
  readonly #received: Buffer[] = [];

  private constructor(socket: Socket, to: Place) {
    this.#socket = socket;
    this.#to = to;
    socket.on('message', (message) => this.#received.push(message));
  }

  static async open(to: Place, from?: string): Promise<Device> {
    const socket = createSocket(isIPv6(to.address) ? 'udp6' : 'udp4');
    socket.bind(0, from);
    await once(socket, 'listening');
    return new Device(socket, to);
  }

  send(message: Uint8Array): void {
    this.#socket.send(message, this.#to.port, this.#to.address);
  }

  /** The next message. */
  async receive(): Promise<Buffer> {
    if (this.#received.length === 0) await once(this.#socket, 'message', { signal: AbortSignal.timeout(LIMIT_MS) });
    return this.#received.shift()!;
  }

  async ask(message: Uint8Array): Promise<Buffer> {
    this.send(message);
    return this.receive();
  }

  close(): void {
    this.#socket.close();
  }
}

/** A device's TCP connection; messages have their length before them. */
export class Stream {
  readonly socket: Connection;
  #bytes = Buffer.alloc(0);

  private constructor(socket: Connection) {
    this.socket = socket;
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
    });
  }

  static async open(to: Place): Promise<Stream> {
    const socket = connect({ host: to.address, port: to.port, allowHalfOpen: true });
    await once(socket, 'connect');
    return new Stream(socket);
  }

  send(...messages: Uint8Array[]): void {
    this.socket.write(Buffer.concat(messages.map(framed)));
  }

  async receive(): Promise<Buffer> {
    const signal = AbortSignal.timeout(LIMIT_MS);
    while (this.#bytes.length < 2 || this.#bytes.length < 2 + this.#bytes.readUInt16BE())
      await once(this.socket, 'data', { signal });
    const end = 2 + this.#bytes.readUInt16BE();
    const message = Buffer.from(this.#bytes.subarray(2, end));
    this.#bytes = Buffer.from(this.#bytes.subarray(end));
    return message;
  }

  /** Resolves once the other side ended the connection. */
  async ended(): Promise<void> {
    if (this.socket.readableEnded || this.socket.destroyed) return;
    const signal = AbortSignal.timeout(LIMIT_MS);
    await Promise.race([once(this.socket, 'end', { signal }), once(this.socket, 'close', { signal })]);
  }

  close(): void {
    this.socket.destroy();
  }
}

export function framed(message: Uint8Array): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

/** Starts what takes a free UDP port and then TCP with the same number, once more if somebody has that one. */
export async function onFreePort<Started>(start: () => Promise<Started>): Promise<Started> {
  for (let left = 20; ; left -= 1) {
    try {
      return await start();
    } catch (error) {
      if (left === 0 || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
}

/** What the resolver got, and how it answers it. */
export interface Heard {
  message: Buffer;
  transport: 'udp' | 'tcp';
  /** Where the query came from. */
  from: Place;
  answer(message: Uint8Array): void;
  /** Ends the connection without an answer. */
  hangUp(): void;
}

/** A resolver on one port of 127.0.0.1, over UDP and TCP. It answers only what the test says. */
export class FakeResolver {
  readonly place: Place;
  readonly #heard: Heard[] = [];
  readonly #socket: Socket;
  readonly #closers: (() => void)[] = [];
  #waiter: (() => void) | null = null;
  /** Called for each query instead of keeping it. */
  onQuery: ((heard: Heard) => void) | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.place = { address: '127.0.0.1', port: socket.address().port };
    socket.on('message', (message, from: RemoteInfo) =>
      this.#hear({
        message,
        transport: 'udp',
        from,
        answer: (bytes) => socket.send(bytes, from.port, from.address),
        hangUp: () => {},
      }),
    );
  }

  static start(): Promise<FakeResolver> {
    return onFreePort(() => FakeResolver.#open());
  }

  static async #open(): Promise<FakeResolver> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const resolver = new FakeResolver(socket);
    const server = createServer((connection) => resolver.#connected(connection));
    server.listen(resolver.place.port, '127.0.0.1');
    await once(server, 'listening').catch((error: unknown) => {
      socket.close();
      throw error;
    });
    resolver.#closers.push(() => server.close());
    return resolver;
  }

  #connected(connection: Connection): void {
    this.#closers.push(() => connection.destroy());
    let bytes = Buffer.alloc(0);
    connection.on('error', () => {});
    connection.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      while (bytes.length >= 2 && bytes.length >= 2 + bytes.readUInt16BE()) {
        const end = 2 + bytes.readUInt16BE();
        this.#hear({
          message: Buffer.from(bytes.subarray(2, end)),
          transport: 'tcp',
          from: { address: connection.remoteAddress!, port: connection.remotePort! },
          answer: (answer) => connection.write(framed(answer)),
          hangUp: () => connection.destroy(),
        });
        bytes = bytes.subarray(end);
      }
    });
  }

  #hear(heard: Heard): void {
    if (this.onQuery) {
      this.onQuery(heard);
      return;
    }
    this.#heard.push(heard);
    this.#waiter?.();
  }

  /** Number of queries that arrived and were not looked at yet. */
  get unread(): number {
    return this.#heard.length;
  }

  /** The next query. */
  async next(): Promise<Heard> {
    if (this.#heard.length === 0) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const limit = setTimeout(() => reject(new Error('waited in vain for a query')), LIMIT_MS);
      this.#waiter = resolve;
      await promise.finally(() => clearTimeout(limit));
      this.#waiter = null;
    }
    return this.#heard.shift()!;
  }

  close(): void {
    this.#socket.close();
    for (const close of this.#closers) close();
  }
}
