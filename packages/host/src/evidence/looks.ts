/**
 * One look at each server in each epoch, at a moment that nobody can know before, so that a recorder cannot stand still for it. A server
 * that does not answer, because it is being born again, is asked again until the epoch ends. The answer goes to the control plane as it
 * is, with what this host sees from outside.
 */

import { randomInt } from 'node:crypto';
import { epochOf, type HostToAgent, LetheError, type Letters, type Look, verifyLook } from '@lethe/core';

/** The epoch that the control plane named last. */
export interface Epoch {
  begins: number;
  seconds: number;
}

/** A server, as far as looks go. */
export interface Looked {
  readonly id: string;
  readonly isReady: boolean;
  /** base64url public node key; null before the server has one. */
  nodeKey(): Promise<string | null>;
  say(message: HostToAgent): void;
  /** What is seen of it from outside, now; null if that cannot be told yet. */
  outside(): Promise<Letters | null>;
}

export interface LooksOptions {
  servers(): Iterable<Looked>;
  report(look: Look, signature: string, outside: Letters): void;
  /** Milliseconds since 1970. */
  now(): number;
}

interface Plan {
  begins: number;
  atMs: number;
  isAsked: boolean;
  isDone: boolean;
}

/** Looks begin in this part of the epoch, so that there is time to ask again. */
const FIRST_PART = 0.6;
/** Longest pause between two questions, and between two looks at the clock. */
const PAUSE_MS = 30_000;
const TICK_MS = 2_000;

export class Looks {
  readonly #options: LooksOptions;
  readonly #plans = new Map<string, Plan>();
  #epoch: Epoch | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LooksOptions) {
    this.#options = options;
  }

  /** The control plane names the epoch: the one of this host's own clock, or its neighbour. The same again changes nothing, another one neither. */
  begin({ begins, seconds }: Epoch): void {
    const own = epochOf(this.#options.now(), seconds);
    if (begins % seconds !== 0 || Math.abs(begins - own) > seconds) return;
    this.#epoch = { begins, seconds };
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#tick(), Math.min(TICK_MS, (seconds * 1000) / 10)).unref();
    this.#tick();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const epoch = this.#epoch;
    const now = this.#options.now();
    if (!epoch) return;
    const endMs = (epoch.begins + epoch.seconds) * 1000;
    const known = new Set<string>();
    for (const server of this.#options.servers()) {
      known.add(server.id);
      const plan = this.#planOf(server.id, epoch, now);
      if (plan.isDone || now < plan.atMs || now >= endMs || !server.isReady) continue;
      plan.isAsked = true;
      plan.atMs = now + Math.min(PAUSE_MS, epoch.seconds * 250);
      server.say({ type: 'look', ...epoch });
    }
    for (const id of this.#plans.keys()) if (!known.has(id)) this.#plans.delete(id);
  }

  #planOf(id: string, { begins, seconds }: Epoch, now: number): Plan {
    const known = this.#plans.get(id);
    if (known?.begins === begins) return known;
    const lastMs = begins * 1000 + seconds * 1000 * FIRST_PART;
    const left = Math.max(1, Math.floor(lastMs - Math.max(now, begins * 1000)));
    const plan = { begins, atMs: Math.max(now, begins * 1000) + randomInt(left), isAsked: false, isDone: false };
    this.#plans.set(id, plan);
    return plan;
  }

  /**
   * A server answers. Throws `bad_request` for an answer that is not signed with the server's key: the line to it ends then. One that nobody
   * asked for is left, and so is a second one: the moment is not the server's to choose. Where the host cannot tell yet what it sees, both are
   * taken again.
   */
  async answered(server: Looked, answer: Epoch & { inside: Letters; signature: string }): Promise<void> {
    const { begins, seconds, inside, signature } = answer;
    const plan = this.#plans.get(server.id);
    if (!plan || plan.begins !== begins || this.#epoch?.seconds !== seconds) return;
    if (plan.isDone || !plan.isAsked) return;
    const look: Look = { server: server.id, begins, seconds, inside };
    const nodeKey = await server.nodeKey();
    if (nodeKey === null) return;
    await verifyLook(look, signature, nodeKey).catch(() => {
      throw new LetheError('bad_request', 'A server signed evidence with another key than it has.');
    });
    const outside = await server.outside();
    if (outside === null || plan.isDone) return;
    plan.isDone = true;
    this.#options.report(look, signature, outside);
  }
}
