/**
 * Port 53 over UDP. Queries go to the resolver from a few connected sockets with random ports and ids; an answer counts only if
 * socket, id and question are those of a query that waits. Bytes are changed and sent in the buffer they came in.
 */

import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import type { Place } from './arguments.ts';
import { type Desk, OUTCOME } from './desk.ts';
import { InFlight } from './in-flight.ts';
import { randomIds } from './random-id.ts';
import type { Allows } from './sources.ts';
import { WAIT_TURNS } from './turns.ts';
import { HEADER_BYTES, MAX_QUERY_BYTES, putUint16, uint16 } from './wire.ts';

/** More than one, so that a program on this machine that wants to forge an answer has to hit a port as well. */
const UPSTREAM_SOCKETS = 2;
/** The resolver takes 256 at a time; the rest waits in its socket. */
const CAPACITY = 2048;
/** What a socket may have waiting in this process; more is dropped, as a full network would. */
const QUEUE_BYTES = 262_144;
/** Asked of the kernel, which may give less: a burst waits there while the filter reads a new table. */
const RECEIVE_BUFFER_BYTES = 1_048_576;
const MAX_ANSWER_BYTES = 65_535;

type Port = { address: string; port: number };

export class UdpSide {
  readonly #desk: Desk;
  readonly #allows: Allows;
  readonly #listeners: Socket[] = [];
  readonly #upstreams: Socket[] = [];
  readonly #random = randomIds();
  readonly waiting: InFlight<string> = new InFlight<string>(CAPACITY, UPSTREAM_SOCKETS, this.#random);
  #turn = 0;

  constructor(desk: Desk, allows: Allows) {
    this.#desk = desk;
    this.#allows = allows;
  }

  /** Resolves when every socket is bound and connected. */
  async start(places: readonly Place[], upstream: Place): Promise<void> {
    for (let index = 0; index < UPSTREAM_SOCKETS; index += 1) {
      const socket = newSocket(upstream.address);
      // The event may come before `connect` returns.
      const connected = once(socket, 'connect');
      socket.connect(upstream.port, upstream.address);
      await connected;
      this.#upstreams.push(socket);
      socket.on('message', (answer) => this.#answered(index, answer));
    }
    for (const [index, place] of places.entries()) {
      const socket = newSocket(place.address);
      const bound = once(socket, 'listening');
      socket.bind({ address: place.address, port: place.port, exclusive: true });
      await bound;
      this.#listeners.push(socket);
      socket.on('message', (message, from) => this.#asked(index, message, from));
    }
  }

  /** Where it listens, in the order of its places. */
  addresses(): Port[] {
    return this.#listeners.map((socket) => socket.address());
  }

  /** One step of the clock: queries that waited too long are answered with SERVFAIL. */
  tick(): void {
    this.#turn += 1;
    const { waiting } = this;
    for (let slot = waiting.oldest; slot >= 0; slot = waiting.oldest) {
      if (this.#turn - waiting.turn[slot]! < WAIT_TURNS) return;
      this.#reply(slot, this.#desk.fail(waiting, slot));
      waiting.close(slot);
    }
  }

  close(): void {
    for (const socket of [...this.#listeners, ...this.#upstreams]) socket.close();
  }

  #asked(listener: number, message: Buffer, from: RemoteInfo): void {
    if (!this.#allows(from.address)) return;
    const outcome = this.#desk.ask(message);
    if (outcome > 0) {
      this.#sendReply(listener, outcome, from.port, from.address);
      message.fill(0);
    } else if (outcome === OUTCOME.PASS && message.length <= MAX_QUERY_BYTES) {
      this.#forward(listener, message, from);
    }
  }

  #forward(listener: number, message: Buffer, from: RemoteInfo): void {
    const { waiting } = this;
    const { query, allowed } = this.#desk;
    // The oldest gives way without a word: its client asks again.
    if (waiting.full) waiting.close(waiting.oldest);
    const upstream = this.#random() % UPSTREAM_SOCKETS;
    const slot = waiting.open(upstream, message, HEADER_BYTES, query.questionEnd);
    waiting.clientId[slot] = uint16(message, 0);
    waiting.client[slot] = from.address;
    waiting.port[slot] = from.port;
    waiting.listener[slot] = listener;
    waiting.flags[slot] = query.flags;
    waiting.allowed[slot] = allowed ? 1 : 0;
    waiting.turn[slot] = this.#turn;
    putUint16(message, 0, waiting.id[slot]!);
    const socket = this.#upstreams[upstream]!;
    if (hasRoom(socket)) socket.send(message);
    overwrite(socket, message);
  }

  #answered(upstream: number, answer: Buffer): void {
    if (answer.length < HEADER_BYTES || answer.length > MAX_ANSWER_BYTES) return;
    const { waiting } = this;
    const slot = waiting.find(upstream, uint16(answer, 0));
    if (slot < 0) return;
    const outcome = this.#desk.check(answer, waiting, slot);
    if (outcome === OUTCOME.DROP) return;
    if (outcome > 0) {
      this.#reply(slot, outcome);
      answer.fill(0);
    } else {
      putUint16(answer, 0, waiting.clientId[slot]!);
      const socket = this.#listeners[waiting.listener[slot]!]!;
      if (hasRoom(socket)) socket.send(answer, waiting.port[slot]!, waiting.client[slot]!);
      overwrite(socket, answer);
    }
    waiting.close(slot);
  }

  #reply(slot: number, length: number): void {
    const { waiting } = this;
    this.#sendReply(waiting.listener[slot]!, length, waiting.port[slot]!, waiting.client[slot]!);
  }

  #sendReply(listener: number, length: number, port: number, address: string): void {
    const socket = this.#listeners[listener]!;
    const { reply } = this.#desk;
    if (!hasRoom(socket)) return;
    socket.send(reply.subarray(0, length), port, address);
    if (socket.getSendQueueSize() > 0) this.#desk.newReply();
  }
}

/** Addresses here are numbers already; the default would still ask the system's resolver on another thread. */
function newSocket(address: string): Socket {
  const family = isIPv6(address) ? 6 : 4;
  const socket = createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    ipv6Only: family === 6,
    recvBufferSize: RECEIVE_BUFFER_BYTES,
    lookup: (host, _options, callback) => callback(null, host, family),
  });
  // A resolver that is starting again refuses; a device that is gone cannot be reached. Neither ends the filter.
  socket.on('error', () => {});
  return socket;
}

const hasRoom = (socket: Socket): boolean => socket.getSendQueueSize() < QUEUE_BYTES;

/** Overwrites bytes that were sent, unless the kernel took none yet and the socket still holds them. */
function overwrite(socket: Socket, bytes: Buffer): void {
  if (socket.getSendQueueSize() === 0) bytes.fill(0);
}
