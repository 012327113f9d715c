/**
 * Decides about messages, the same for UDP and TCP: what is answered here, what goes to the resolver, and which of its answers come
 * back. It keeps nothing of a message but one count.
 */

import { answersQuestion, findAlias } from './aliases.ts';
import type { InFlight } from './in-flight.ts';
import type { Judge, Verdict } from './judge.ts';
import { type Asked, type Refusal, writeBlocked, writeFailure, writeRefused } from './reply.ts';
import { HEADER_BYTES, QueryView, RCODE, READ, readQuery, TYPE, uint16 } from './wire.ts';

/** What `ask` and `check` return besides the length of an answer. */
export const OUTCOME = { DROP: -1, PASS: 0 } as const;

const EMPTY = new Uint8Array(0);

/** Answers are written into buffers of the callers, of `REPLY_BYTES`. */
export class Desk {
  judge: Judge;
  /** The query read last: valid while the caller handles it. */
  readonly query: QueryView = new QueryView();
  /** True if the owner allowed the name asked for last. */
  allowed = false;
  /** Exact; leaves the process only through `coarse`. */
  #blocked = 0;
  readonly #asked: Asked = { id: 0, bytes: EMPTY, start: 0, end: 0, flags: 0 };

  constructor(judge: Judge) {
    this.judge = judge;
  }

  get blocked(): number {
    return this.#blocked;
  }

  /** Reads a message from a device. PASS: it goes to the resolver. DROP: no answer. Else the length of the answer in `reply`. */
  ask(message: Buffer, reply: Buffer): number {
    const read = readQuery(message, this.query);
    if (read === READ.DROP) return OUTCOME.DROP;
    if (read !== READ.WELL_FORMED) return writeRefused(reply, message, read);
    // The resolver says that it does not know the version, whatever the name is.
    if (this.query.ednsVersion !== 0) return this.#pass(false);
    const verdict = this.judge.judge(message, HEADER_BYTES);
    if (verdict === 'pass' || verdict === 'allowed') return this.#pass(verdict === 'allowed');
    const asked = this.#asked;
    asked.id = uint16(message, 0);
    asked.bytes = message;
    asked.start = HEADER_BYTES;
    asked.end = this.query.questionEnd;
    asked.flags = this.query.flags;
    return this.#refuse(asked, verdict, reply);
  }

  /**
   * Looks at an answer of the resolver to the query in a slot. PASS: the bytes go to the client, with the client's id put in. DROP:
   * it answers another question. Else the length of the answer in `reply`.
   */
  check(answer: Buffer, waiting: InFlight<unknown>, slot: number, reply: Buffer): number {
    const start = waiting.questionStart(slot);
    const end = waiting.questionEnd(slot);
    if (!answersQuestion(answer, waiting.questions, start, end)) return OUTCOME.DROP;
    if (waiting.allowed[slot] === 1) return OUTCOME.PASS;
    const found = findAlias(answer, HEADER_BYTES + end - start, (name) => this.judge.judge(name, 0) === 'blocked');
    if (found === 'clean') return OUTCOME.PASS;
    if (found === 'malformed') return this.fail(waiting, slot, reply);
    const type = uint16(waiting.questions, end - 4);
    // These records describe a service: that there is none does not mean that the name has no address.
    if (type !== TYPE.SVCB && type !== TYPE.HTTPS) return this.#refuse(this.#askedIn(waiting, slot), 'blocked', reply);
    this.#blocked += 1;
    return writeBlocked(reply, this.#askedIn(waiting, slot), 'nodata');
  }

  /** Writes SERVFAIL for the query in a slot to `reply`; returns its length. */
  fail(waiting: InFlight<unknown>, slot: number, reply: Buffer): number {
    return writeFailure(reply, this.#askedIn(waiting, slot), RCODE.SERVFAIL);
  }

  #pass(allowed: boolean): number {
    this.allowed = allowed;
    return OUTCOME.PASS;
  }

  #askedIn(waiting: InFlight<unknown>, slot: number): Asked {
    const asked = this.#asked;
    asked.id = waiting.clientId[slot]!;
    asked.bytes = waiting.questions;
    asked.start = waiting.questionStart(slot);
    asked.end = waiting.questionEnd(slot);
    asked.flags = waiting.flags[slot]!;
    return asked;
  }

  /** Signals are not counted: they tell when a browser starts. */
  #refuse(asked: Asked, verdict: Exclude<Verdict, 'pass' | 'allowed'>, reply: Buffer): number {
    if (verdict === 'blocked') this.#blocked += 1;
    const refusal: Refusal =
      verdict === 'blocked' ? this.judge.refusal : verdict === 'signal-nxdomain' ? 'nxdomain' : 'nodata';
    const length = writeBlocked(reply, asked, refusal);
    asked.bytes = EMPTY;
    return length;
  }
}

/**
 * A count rounded down to 0, 10, 100, 1000 and so on. A server has one customer: a fine count would tell when somebody was there, and
 * two of them how much was looked up between.
 */
export function coarse(count: number): number {
  let step = 0;
  for (let power = 10; power <= count; power *= 10) step = power;
  return step;
}
