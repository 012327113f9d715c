/**
 * A UDP socket that takes and gives many datagrams with one system call (recvmmsg(2), sendmmsg(2)). All sockets of a process share one
 * inbox, since one is read at a time. What is sent lies where it was read or made: it is overwritten as soon as the kernel has it.
 */

import { isIPv6 } from 'node:net';
import type { Place } from './arguments.ts';
import { AF_INET, AF_INET6, SOCKET_ADDRESS_BYTES, toSocketAddress } from './socket-address.ts';
import {
  type Block,
  bind,
  block,
  close,
  connect,
  getsockname,
  recvmmsg,
  sendmmsg,
  setsockopt,
  socket,
  whenReadable,
} from './system-calls.ts';

/** Datagrams with one system call. */
export const BATCH = 32;
/** A socket that always has more to read lets others be read after so many calls. */
const MAX_CALLS = 8;
/** Room for the longest datagram. Only the pages that were written take memory; the odd part spreads the first bytes over the cache. */
const SLOT_BYTES = 65_536 + 192;
/** Of sys/socket.h and netinet/in.h on Linux. */
const SOCK_DGRAM_NONBLOCK_CLOEXEC = 0x80802;
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
/** Asked of the kernel, which may give less: a burst waits there while the filter reads a new table. */
const BUFFER_BYTES = 1_048_576;

/** struct mmsghdr on 64-bit Linux: a msghdr of 56 bytes, then the length of the datagram. */
const HEADER_BYTES = 64;
const HEADER_WORDS = HEADER_BYTES / 4;
const AT = { name: 0, nameLength: 2, vector: 4, vectorLength: 6, length: 14 } as const;
/** struct iovec: pointer and length. */
const VECTOR_BYTES = 16;
const VECTOR_WORDS = VECTOR_BYTES / 4;

/** Headers with one vector and one address each. */
class Headers {
  readonly #headers = block(BATCH * HEADER_BYTES);
  readonly #vectors = block(BATCH * VECTOR_BYTES);
  readonly addresses: Block = block(BATCH * SOCKET_ADDRESS_BYTES);
  readonly pointer: bigint = this.#headers.pointer;
  readonly words: Uint32Array = wordsOf(this.#headers.bytes);
  readonly vectorWords: Uint32Array = wordsOf(this.#vectors.bytes);

  constructor() {
    for (let slot = 0; slot < BATCH; slot += 1) {
      const header = slot * HEADER_WORDS;
      putPointer(this.words, header + AT.vector, Number(this.#vectors.pointer) + slot * VECTOR_BYTES);
      this.words[header + AT.vectorLength] = 1;
      putPointer(this.words, header + AT.name, Number(this.addresses.pointer) + slot * SOCKET_ADDRESS_BYTES);
    }
  }
}

const wordsOf = (bytes: Buffer): Uint32Array => new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);

/** Addresses of a process are below 2^53, so that a number holds them. */
function putPointer(words: Uint32Array, at: number, pointer: number): void {
  words[at] = pointer % 2 ** 32;
  words[at + 1] = pointer / 2 ** 32;
}

/** What was read last, of whichever socket. */
class Inbox {
  readonly headers = new Headers();
  readonly #memory = block(BATCH * SLOT_BYTES);

  constructor() {
    const { vectorWords } = this.headers;
    for (let slot = 0; slot < BATCH; slot += 1) {
      putPointer(vectorWords, slot * VECTOR_WORDS, this.pointerOf(slot));
      vectorWords[slot * VECTOR_WORDS + 2] = SLOT_BYTES;
    }
  }

  /** Number of datagrams that were read; 0 if there are none or the kernel had an error to tell. */
  read(descriptor: number): number {
    const { words, pointer } = this.headers;
    for (let slot = 0; slot < BATCH; slot += 1) words[slot * HEADER_WORDS + AT.nameLength] = SOCKET_ADDRESS_BYTES;
    return Math.max(0, recvmmsg(descriptor, pointer, BATCH, 0, 0n));
  }

  message(slot: number): Buffer {
    const start = slot * SLOT_BYTES;
    return this.#memory.bytes.subarray(start, start + this.#lengthOf(slot));
  }

  pointerOf(slot: number): number {
    return Number(this.#memory.pointer) + slot * SLOT_BYTES;
  }

  /** Overwrites the first `count` datagrams and where they came from. */
  clear(count: number): void {
    for (let slot = 0; slot < count; slot += 1) {
      const start = slot * SLOT_BYTES;
      this.#memory.bytes.fill(0, start, start + this.#lengthOf(slot));
    }
    this.headers.addresses.bytes.fill(0, 0, count * SOCKET_ADDRESS_BYTES);
  }

  #lengthOf(slot: number): number {
    return this.headers.words[slot * HEADER_WORDS + AT.length]!;
  }
}

let inbox: Inbox | null = null;

/** Called for each datagram: its bytes, its slot in the inbox, and where it came from (at `offset` in `addresses`). */
export type Received = (message: Buffer, slot: number, addresses: Buffer, offset: number) => void;

export class DatagramSocket {
  readonly #descriptor: number;
  readonly #inbox: Inbox;
  readonly #out = new Headers();
  readonly #replies: Block;
  readonly #replyBytes: number;
  readonly #replyBuffers: Buffer[];
  readonly #addressBytes: number;
  /** Datagrams that wait for `flush`. */
  #queued = 0;
  #stop: () => void = () => {};
  #read: () => void = () => {};

  /** `replyBytes`: room for an answer of one's own. Throws if the socket cannot be made. */
  private constructor(six: boolean, replyBytes: number) {
    inbox ??= new Inbox();
    this.#inbox = inbox;
    this.#addressBytes = six ? SOCKET_ADDRESS_BYTES : 16;
    this.#replyBytes = replyBytes;
    this.#replies = block(BATCH * replyBytes);
    this.#replyBuffers = Array.from({ length: BATCH }, (_, slot) =>
      this.#replies.bytes.subarray(slot * replyBytes, (slot + 1) * replyBytes),
    );
    this.#descriptor = socket(six ? AF_INET6 : AF_INET, SOCK_DGRAM_NONBLOCK_CLOEXEC, 0);
    if (this.#descriptor < 0) throw new Error('A socket could not be made');
    for (const option of [SO_RCVBUF, SO_SNDBUF]) this.#set(SOL_SOCKET, option, BUFFER_BYTES);
    if (six) this.#set(IPPROTO_IPV6, IPV6_V6ONLY, 1);
  }

  /** A socket that receives at a place. */
  static bound(place: Place, replyBytes: number): DatagramSocket {
    return DatagramSocket.#open(place, replyBytes, bind, 'EADDRINUSE');
  }

  /** A socket that sends to one place and hears nobody else. The kernel chooses its port at random. */
  static connected(place: Place): DatagramSocket {
    return DatagramSocket.#open(place, 0, connect, 'ENETUNREACH');
  }

  static #open(place: Place, replyBytes: number, open: typeof bind, code: string): DatagramSocket {
    const made = new DatagramSocket(isIPv6(place.address), replyBytes);
    const address = block(SOCKET_ADDRESS_BYTES);
    const length = toSocketAddress(place).copy(address.bytes);
    if (open(made.#descriptor, address.pointer, length) === 0) return made;
    close(made.#descriptor);
    throw Object.assign(new Error('A socket could not be opened at its place'), { code });
  }

  #set(level: number, option: number, value: number): void {
    const number = block(4);
    number.bytes.writeInt32LE(value);
    setsockopt(this.#descriptor, level, option, number.pointer, 4);
  }

  get port(): number {
    const address = block(SOCKET_ADDRESS_BYTES);
    const length = block(4);
    length.bytes.writeInt32LE(SOCKET_ADDRESS_BYTES);
    getsockname(this.#descriptor, address.pointer, length.pointer);
    return address.bytes.readUInt16BE(2);
  }

  /** Hands over datagrams as they come. `after` is called when all that were read at once have been, before they are overwritten. */
  listen(received: Received, after: () => void, done: () => void = () => {}): void {
    this.#read = () => this.#readAll(received, after);
    this.#stop = whenReadable(this.#descriptor, () => {
      this.#read();
      done();
    });
  }

  /** Hands over what is there already, without waiting for the event loop to tell of it. */
  readNow(): void {
    this.#read();
  }

  #readAll(received: Received, after: () => void): void {
    const { addresses } = this.#inbox.headers;
    for (let call = 0; call < MAX_CALLS; call += 1) {
      const count = this.#inbox.read(this.#descriptor);
      try {
        for (let slot = 0; slot < count; slot += 1)
          received(this.#inbox.message(slot), slot, addresses.bytes, slot * SOCKET_ADDRESS_BYTES);
        after();
      } finally {
        this.#inbox.clear(count);
      }
      if (count < BATCH) return;
    }
  }

  /** Where the next answer of one's own is written, for `sendReply`. */
  get reply(): Buffer {
    if (this.#queued === BATCH) this.flush();
    return this.#replyBuffers[this.#queued]!;
  }

  /** Queues what was written to `reply`, for the address at `offset` in `addresses`. */
  sendReply(length: number, addresses: Buffer, offset: number): void {
    this.#queue(Number(this.#replies.pointer) + this.#queued * this.#replyBytes, length, addresses, offset);
  }

  /** Queues a datagram of the inbox as it is now; `addresses` is null for a connected socket. */
  sendOn(slot: number, length: number, addresses: Buffer | null, offset: number): void {
    if (this.#queued === BATCH) this.flush();
    this.#queue(this.#inbox.pointerOf(slot), length, addresses, offset);
  }

  #queue(pointer: number, length: number, addresses: Buffer | null, offset: number): void {
    const { words, vectorWords, addresses: own } = this.#out;
    const slot = this.#queued;
    const vector = slot * VECTOR_WORDS;
    putPointer(vectorWords, vector, pointer);
    vectorWords[vector + 2] = length;
    words[slot * HEADER_WORDS + AT.nameLength] = addresses === null ? 0 : this.#addressBytes;
    if (addresses === null) putPointer(words, slot * HEADER_WORDS, 0);
    else {
      const start = slot * SOCKET_ADDRESS_BYTES;
      for (let index = 0; index < this.#addressBytes; index += 1) own.bytes[start + index] = addresses[offset + index]!;
    }
    this.#queued += 1;
  }

  /**
   * Gives all that is queued to the kernel and overwrites what is this socket's own. What the kernel does not take is dropped, as a
   * full network would.
   */
  flush(): void {
    const count = this.#queued;
    if (count === 0) return;
    for (let sent = 0, tries = 0; sent < count; ) {
      const taken = sendmmsg(
        this.#descriptor,
        sent === 0 ? this.#out.pointer : this.#out.pointer + BigInt(sent * HEADER_BYTES),
        count - sent,
        0,
      );
      // The first failure may tell of an earlier datagram (a resolver that is starting again refuses); the second is this one's.
      tries = taken > 0 ? 0 : tries + 1;
      if (taken > 0) sent += taken;
      else if (tries === 2) {
        sent += 1;
        tries = 0;
      }
    }
    this.#queued = 0;
    this.#out.addresses.bytes.fill(0, 0, count * SOCKET_ADDRESS_BYTES);
    if (this.#replyBytes > 0) this.#replies.bytes.fill(0, 0, count * this.#replyBytes);
  }

  close(): void {
    this.#stop();
    close(this.#descriptor);
  }
}
