/**
 * Port 53 over TCP (RFC 7766): several queries on a connection, answers as they come. Queries go on over TCP, so that a truncated
 * answer never reaches a client that asked for a whole one.
 */

import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { Place } from './arguments.ts';
import { type Desk, OUTCOME } from './desk.ts';
import { FrameReader, toFrame } from './frames.ts';
import { InFlight } from './in-flight.ts';
import { randomIds } from './random-id.ts';
import { REPLY_BYTES } from './reply.ts';
import type { Allows } from './sources.ts';
import { WAIT_TURNS } from './turns.ts';
import { UpstreamConnection } from './upstream.ts';
import { HEADER_BYTES, MAX_QUERY_BYTES, putUint16, uint16 } from './wire.ts';

/** Of all devices together. One more, and the oldest ends. */
const MAX_CONNECTIONS = 64;
/** A connection that asks more at once is not read from until answers are out. */
const MAX_PENDING = 64;
const IDLE_MS = 15_000;
/** What a client may leave unread. */
const QUEUE_BYTES = 262_144;
const UPSTREAM_CONNECTIONS = 4;
const CAPACITY = 512;

/** A device's connection. */
interface Connection {
  socket: Socket;
  pending: number;
  /** The client sends nothing more (it may still wait for answers). */
  ended: boolean;
}

export class TcpSide {
  readonly #desk: Desk;
  readonly #allows: Allows;
  readonly #servers: Server[] = [];
  readonly #connections = new Set<Connection>();
  readonly #upstreams: readonly UpstreamConnection[];
  readonly #random = randomIds();
  readonly waiting: InFlight<Connection>;
  /** The answer made last: it is copied at once. */
  readonly #reply: Buffer = Buffer.alloc(REPLY_BYTES);
  #turn = 0;

  /** `onFirst` is called when a query begins to wait and none did: the clock must run from then on. */
  constructor(desk: Desk, allows: Allows, upstream: Place, onFirst: () => void) {
    this.waiting = new InFlight<Connection>(CAPACITY, UPSTREAM_CONNECTIONS, this.#random, onFirst);
    this.#desk = desk;
    this.#allows = allows;
    this.#upstreams = Array.from(
      { length: UPSTREAM_CONNECTIONS },
      (_, index) =>
        new UpstreamConnection(upstream, {
          answered: (answer) => this.#answered(index, answer),
          ended: () => this.#waitNoLonger(index),
          waits: () => this.waiting.of(index).length > 0,
        }),
    );
  }

  /** Resolves when every address is listened at. */
  async start(places: readonly Place[]): Promise<void> {
    for (const place of places) {
      const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#connected(socket));
      server.listen({ host: place.address, port: place.port, ipv6Only: true, exclusive: true });
      await once(server, 'listening');
      this.#servers.push(server);
    }
  }

  /** One step of the clock: queries that waited too long are answered with SERVFAIL. */
  tick(): void {
    this.#turn += 1;
    const { waiting } = this;
    for (let slot = waiting.oldest; slot >= 0; slot = waiting.oldest) {
      if (this.#turn - waiting.turn[slot]! < WAIT_TURNS) return;
      this.#fail(slot);
    }
  }

  close(): void {
    for (const server of this.#servers) server.close();
    for (const { socket } of this.#connections) socket.destroy();
    for (const upstream of this.#upstreams) upstream.close();
  }

  #connected(socket: Socket): void {
    socket.on('error', () => {});
    if (!this.#allows(socket.remoteAddress)) {
      socket.destroy();
      return;
    }
    const connection: Connection = { socket, pending: 0, ended: false };
    const reader = new FrameReader(HEADER_BYTES, MAX_QUERY_BYTES);
    this.#connections.add(connection);
    if (this.#connections.size > MAX_CONNECTIONS) {
      const [oldest] = this.#connections;
      oldest!.socket.destroy();
      this.#connections.delete(oldest!);
    }
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      if (!reader.push(chunk, (message) => this.#asked(connection, message))) socket.destroy();
      chunk.fill(0);
      if (connection.pending >= MAX_PENDING) socket.pause();
    });
    socket.on('end', () => {
      connection.ended = true;
      if (connection.pending === 0) socket.end();
    });
    socket.on('close', () => {
      reader.clear();
      this.#connections.delete(connection);
    });
  }

  #asked(connection: Connection, message: Buffer): void {
    const outcome = this.#desk.ask(message, this.#reply);
    if (outcome > 0) write(connection, this.#reply.subarray(0, outcome));
    else if (outcome === OUTCOME.PASS) this.#forward(connection, message);
  }

  #forward(connection: Connection, message: Buffer): void {
    const { waiting } = this;
    const { query, allowed } = this.#desk;
    if (waiting.full) this.#fail(waiting.oldest);
    const upstream = this.#random() % UPSTREAM_CONNECTIONS;
    const slot = waiting.open(upstream, message, HEADER_BYTES, query.questionEnd);
    waiting.clientId[slot] = uint16(message, 0);
    waiting.client[slot] = connection;
    waiting.flags[slot] = query.flags;
    waiting.allowed[slot] = allowed ? 1 : 0;
    waiting.turn[slot] = this.#turn;
    connection.pending += 1;
    putUint16(message, 0, waiting.id[slot]!);
    this.#upstreams[upstream]!.send(toFrame(message));
  }

  #answered(upstream: number, answer: Buffer): void {
    const { waiting } = this;
    const slot = waiting.find(upstream, uint16(answer, 0));
    if (slot < 0) return;
    const outcome = this.#desk.check(answer, waiting, slot, this.#reply);
    if (outcome === OUTCOME.DROP) return;
    putUint16(answer, 0, waiting.clientId[slot]!);
    this.#finish(slot, outcome > 0 ? this.#reply.subarray(0, outcome) : answer);
  }

  /** The connection to the resolver ended before it answered these. */
  #waitNoLonger(upstream: number): void {
    for (const slot of this.waiting.of(upstream)) this.#fail(slot);
  }

  #fail(slot: number): void {
    const length = this.#desk.fail(this.waiting, slot, this.#reply);
    this.#finish(slot, this.#reply.subarray(0, length));
  }

  #finish(slot: number, message: Uint8Array): void {
    const connection = this.waiting.client[slot]!;
    this.waiting.close(slot);
    connection.pending -= 1;
    write(connection, message);
    if (connection.pending < MAX_PENDING && connection.socket.isPaused()) connection.socket.resume();
    if (connection.ended && connection.pending === 0) connection.socket.end();
  }
}

/** Writes a copy, which is overwritten once the kernel has it. A client that reads nothing is cut off. */
function write({ socket }: Connection, message: Uint8Array): void {
  if (socket.destroyed || !socket.writable) return;
  const frame = toFrame(message);
  socket.write(frame, () => frame.fill(0));
  if (socket.writableLength > QUEUE_BYTES) socket.destroy();
}
