/**
 * Port 53 over UDP. Queries go to the resolver from a few connected sockets with random ports and ids; an answer counts only if
 * socket, id and question are those of a query that waits. Bytes are changed and sent where they were read.
 */

import type { Place } from './arguments.ts';
import { DatagramSocket } from './datagram-socket.ts';
import { type Desk, OUTCOME } from './desk.ts';
import { InFlight } from './in-flight.ts';
import { randomIds } from './random-id.ts';
import { REPLY_BYTES } from './reply.ts';
import { type AllowsSocket, SOCKET_ADDRESS_BYTES } from './socket-address.ts';
import { WAIT_TURNS } from './turns.ts';
import { HEADER_BYTES, MAX_QUERY_BYTES, putUint16, uint16 } from './wire.ts';

/** More than one, so that a program on this machine that wants to forge an answer has to hit a port as well. */
const UPSTREAM_SOCKETS = 2;
/** The resolver takes 256 at a time; the rest waits in its socket. */
const CAPACITY = 2048;
/** Looks for an answer that may come at once; together some 0.1 ms. */
const LOOKS = 60;

export class UdpSide {
  readonly #desk: Desk;
  readonly #allows: AllowsSocket;
  readonly #listeners: DatagramSocket[] = [];
  readonly #addresses: string[] = [];
  readonly #upstreams: DatagramSocket[] = [];
  readonly #random = randomIds();
  readonly waiting: InFlight<null>;
  /** For each slot of `waiting`, the address of the client as the kernel gave it. */
  readonly clients: Buffer = Buffer.alloc(CAPACITY * SOCKET_ADDRESS_BYTES);
  #turn = 0;

  /** `onFirst` is called when a query begins to wait and none did: the clock must run from then on. */
  constructor(desk: Desk, allows: AllowsSocket, onFirst: () => void) {
    this.waiting = new InFlight<null>(CAPACITY, UPSTREAM_SOCKETS, this.#random, onFirst);
    this.#desk = desk;
    this.#allows = allows;
  }

  /** Listens everywhere and connects to the resolver. Throws if any of it fails. */
  start(places: readonly Place[], upstream: Place): void {
    for (let index = 0; index < UPSTREAM_SOCKETS; index += 1) {
      const socket = DatagramSocket.connected(upstream);
      this.#upstreams.push(socket);
      socket.listen(
        (answer, slot) => this.#answered(index, answer, slot),
        () => flush(this.#listeners),
      );
    }
    for (const [index, place] of places.entries()) {
      const socket = DatagramSocket.bound(place, REPLY_BYTES);
      this.#listeners.push(socket);
      this.#addresses.push(place.address);
      socket.listen(
        (message, slot, addresses, offset) => this.#asked(index, message, slot, addresses, offset),
        () => {
          flush(this.#upstreams);
          socket.flush();
        },
        () => this.#linger(),
      );
    }
  }

  /** Where it listens, in the order of its places. */
  addresses(): Place[] {
    return this.#listeners.map(({ port }, index) => ({ address: this.#addresses[index]!, port }));
  }

  /** One step of the clock: queries that waited too long are answered with SERVFAIL. */
  tick(): void {
    this.#turn += 1;
    const { waiting } = this;
    for (let slot = waiting.oldest; slot >= 0; slot = waiting.oldest) {
      if (this.#turn - waiting.turn[slot]! < WAIT_TURNS) break;
      const listener = this.#listeners[waiting.listener[slot]!]!;
      const length = this.#desk.fail(waiting, slot, listener.reply);
      listener.sendReply(length, this.clients, slot * SOCKET_ADDRESS_BYTES);
      this.#close(slot);
    }
    flush(this.#listeners);
  }

  close(): void {
    for (const socket of [...this.#listeners, ...this.#upstreams]) socket.close();
  }

  /**
   * Looks for answers a little longer: one from the resolver's cache comes sooner than this process could go to sleep and wake up. With
   * more than one query under way there is enough to do.
   */
  #linger(): void {
    const { waiting } = this;
    for (let look = 0; look < LOOKS && waiting.oldest >= 0 && waiting.oldest === waiting.newest; look += 1)
      this.#upstreams[waiting.upstream[waiting.oldest]!]!.readNow();
  }

  #asked(listener: number, message: Buffer, inboxSlot: number, addresses: Buffer, offset: number): void {
    if (!this.#allows(addresses, offset)) return;
    const socket = this.#listeners[listener]!;
    const outcome = this.#desk.ask(message, socket.reply);
    if (outcome > 0) socket.sendReply(outcome, addresses, offset);
    else if (outcome === OUTCOME.PASS && message.length <= MAX_QUERY_BYTES)
      this.#forward(listener, message, inboxSlot, addresses, offset);
  }

  #forward(listener: number, message: Buffer, inboxSlot: number, addresses: Buffer, offset: number): void {
    const { waiting } = this;
    const { query, allowed } = this.#desk;
    // The oldest gives way without a word: its client asks again.
    if (waiting.full) this.#close(waiting.oldest);
    const upstream = this.#random() % UPSTREAM_SOCKETS;
    const slot = waiting.open(upstream, message, HEADER_BYTES, query.questionEnd);
    waiting.clientId[slot] = uint16(message, 0);
    const client = slot * SOCKET_ADDRESS_BYTES;
    for (let index = 0; index < SOCKET_ADDRESS_BYTES; index += 1)
      this.clients[client + index] = addresses[offset + index]!;
    waiting.listener[slot] = listener;
    waiting.flags[slot] = query.flags;
    waiting.allowed[slot] = allowed ? 1 : 0;
    waiting.turn[slot] = this.#turn;
    putUint16(message, 0, waiting.id[slot]!);
    this.#upstreams[upstream]!.sendOn(inboxSlot, message.length, null, 0);
  }

  #answered(upstream: number, answer: Buffer, inboxSlot: number): void {
    if (answer.length < HEADER_BYTES) return;
    const { waiting } = this;
    const slot = waiting.find(upstream, uint16(answer, 0));
    if (slot < 0) return;
    const listener = this.#listeners[waiting.listener[slot]!]!;
    const outcome = this.#desk.check(answer, waiting, slot, listener.reply);
    if (outcome === OUTCOME.DROP) return;
    const client = slot * SOCKET_ADDRESS_BYTES;
    if (outcome > 0) listener.sendReply(outcome, this.clients, client);
    else {
      putUint16(answer, 0, waiting.clientId[slot]!);
      listener.sendOn(inboxSlot, answer.length, this.clients, client);
    }
    this.#close(slot);
  }

  /** Forgets a query that waited. */
  #close(slot: number): void {
    const client = slot * SOCKET_ADDRESS_BYTES;
    this.clients.fill(0, client, client + SOCKET_ADDRESS_BYTES);
    this.waiting.close(slot);
  }
}

function flush(sockets: readonly DatagramSocket[]): void {
  for (const socket of sockets) socket.flush();
}
