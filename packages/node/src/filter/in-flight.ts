/**
 * The queries that wait for the resolver: a bounded table, overwritten entry by entry as soon as the answer is there. It is the only
 * place of the filter that holds a name for longer than one turn of the event loop.
 */

import { MAX_QUESTION_BYTES } from './wire.ts';

const IDS = 65_536;
const NONE = -1;

/** Gives numbers of 16 bits that cannot be guessed. */
export type RandomId = () => number;

/** `Client` is where an answer goes: an address, or a connection. */
export class InFlight<Client> {
  readonly #capacity: number;
  readonly #random: RandomId;
  readonly #onFirst: () => void;
  /** Slot + 1 of the query with an id, for each upstream socket; 0 for none. */
  readonly #slots: Uint16Array;
  /** Neighbours by age, so that the oldest is found at once. Free slots are chained by `#newer`. */
  readonly #older: Int16Array;
  readonly #newer: Int16Array;
  #oldest = NONE;
  #newest = NONE;
  #free = 0;

  readonly upstream: Uint8Array;
  /** The random id that the resolver sees, and the id of the client. */
  readonly id: Uint16Array;
  readonly clientId: Uint16Array;
  readonly port: Uint16Array;
  /** Number of the socket the query came in by. */
  readonly listener: Uint8Array;
  /** Of `FLAG`. */
  readonly flags: Uint8Array;
  /** 1 if the owner allowed the name, so that its answer is not looked through. */
  readonly allowed: Uint8Array;
  /** When it was opened, in turns of the caller's clock. */
  readonly turn: Uint32Array;
  readonly client: (Client | null)[];
  readonly questions: Buffer;
  readonly questionLength: Uint16Array;

  /** `onFirst` is called when a query begins to wait and none did. */
  constructor(capacity: number, upstreams: number, random: RandomId, onFirst: () => void = () => {}) {
    this.#capacity = capacity;
    this.#random = random;
    this.#onFirst = onFirst;
    this.#slots = new Uint16Array(IDS * upstreams);
    this.#older = new Int16Array(capacity).fill(NONE);
    this.#newer = Int16Array.from({ length: capacity }, (_, slot) => (slot + 1 < capacity ? slot + 1 : NONE));
    this.upstream = new Uint8Array(capacity);
    this.id = new Uint16Array(capacity);
    this.clientId = new Uint16Array(capacity);
    this.port = new Uint16Array(capacity);
    this.listener = new Uint8Array(capacity);
    this.flags = new Uint8Array(capacity);
    this.allowed = new Uint8Array(capacity);
    this.turn = new Uint32Array(capacity);
    this.client = Array.from({ length: capacity }, () => null);
    this.questions = Buffer.alloc(capacity * MAX_QUESTION_BYTES);
    this.questionLength = new Uint16Array(capacity);
  }

  /** True if `open` needs a `close` first. */
  get full(): boolean {
    return this.#free === NONE;
  }

  /** The slot that was opened first, or -1. */
  get oldest(): number {
    return this.#oldest;
  }

  /** The slot that was opened last, or -1. */
  get newest(): number {
    return this.#newest;
  }

  /** Takes a slot for a question (`message` from `start` to `end`) and draws its id. The other fields are the caller's to fill. */
  open(upstream: number, message: Uint8Array, start: number, end: number): number {
    const slot = this.#free;
    if (slot === NONE) throw new RangeError('The table of waiting queries is full.');
    this.#free = this.#newer[slot]!;
    this.#older[slot] = this.#newest;
    this.#newer[slot] = NONE;
    if (this.#newest === NONE) {
      this.#oldest = slot;
      this.#onFirst();
    } else this.#newer[this.#newest] = slot;
    this.#newest = slot;
    let id = this.#random();
    // Ends soon: the table holds far fewer queries than there are ids.
    while (this.#slots[upstream * IDS + id] !== 0) id = this.#random();
    this.#slots[upstream * IDS + id] = slot + 1;
    this.id[slot] = id;
    this.upstream[slot] = upstream;
    const offset = this.questionStart(slot);
    for (let index = start; index < end; index += 1) this.questions[offset + index - start] = message[index]!;
    this.questionLength[slot] = end - start;
    return slot;
  }

  /** The slot of the query that went out by this socket with this id, or -1. */
  find(upstream: number, id: number): number {
    return this.#slots[upstream * IDS + id]! - 1;
  }

  /** Offset of the slot's question in `questions`. */
  questionStart(slot: number): number {
    return slot * MAX_QUESTION_BYTES;
  }

  questionEnd(slot: number): number {
    return slot * MAX_QUESTION_BYTES + this.questionLength[slot]!;
  }

  /** Overwrites an open slot and gives it back. */
  close(slot: number): void {
    const older = this.#older[slot]!;
    const newer = this.#newer[slot]!;
    if (older === NONE) this.#oldest = newer;
    else this.#newer[older] = newer;
    if (newer === NONE) this.#newest = older;
    else this.#older[newer] = older;
    this.#slots[this.upstream[slot]! * IDS + this.id[slot]!] = 0;
    this.questions.fill(0, this.questionStart(slot), this.questionEnd(slot));
    this.id[slot] = this.clientId[slot] = this.port[slot] = this.questionLength[slot] = 0;
    this.listener[slot] = this.flags[slot] = this.allowed[slot] = this.upstream[slot] = 0;
    this.turn[slot] = 0;
    this.client[slot] = null;
    this.#older[slot] = NONE;
    this.#newer[slot] = this.#free;
    this.#free = slot;
  }

  /** The open slots that went out by this socket. */
  of(upstream: number): number[] {
    const slots: number[] = [];
    for (let slot = this.#oldest; slot !== NONE; slot = this.#newer[slot]!)
      if (this.upstream[slot] === upstream) slots.push(slot);
    return slots;
  }

  /** Number of open slots. For tests: it walks the table. */
  get size(): number {
    let size = 0;
    for (let slot = this.#oldest; slot !== NONE && size <= this.#capacity; slot = this.#newer[slot]!) size += 1;
    return size;
  }
}
