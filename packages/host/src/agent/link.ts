/**
 * The line to one machine's agent, for as long as the machine lives: opened again whenever it ends. Each connection begins with the
 * agent's first word and the birth as an answer to it; an agent that lives already takes the same birth as news and goes on.
 */

import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AgentToHost, answerLimitMs, type Birth, type HostToAgent, LetheError, type Question } from '@lethe/core';
import { serveSession } from './session.ts';

/** What the agent itself answers; the host carries out the rest. */
export type AgentQuestion = Exclude<Question, 'forget'>;

export interface AgentLinkOptions {
  /** Opens the engine's channel. */
  connect(): Promise<Duplex>;
  /** The birth as it is now. */
  birth(): Birth;
  /** Everything but greetings, heartbeats and answers. May throw to end the connection. */
  onMessage(message: AgentToHost): Promise<void>;
  onBirthSent(): void;
  onHeartbeat(): void;
  /** The agent ended, or the line to it, without `stop`. */
  onLost(): void;
}

/** Waits between connections, in milliseconds. Short at first: the machine may just be booting. */
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;
/** A connection that lived this long was a good one. */
const GOOD_AFTER_MS = 10_000;
/** Questions that may wait for one agent. */
const MOST_ASKS = 16;

export class AgentLink {
  /** Resolves with the first word of the agent since this line was opened. */
  readonly greeted: Promise<void>;
  readonly #options: AgentLinkOptions;
  readonly #stopped = new AbortController();
  readonly #greet: () => void;
  readonly #asks = new Map<number, (sealed: string | null) => void>();
  #lastAsk = 0;
  #write: ((message: HostToAgent) => void) | undefined;
  #born = false;
  #stream: Duplex | undefined;

  constructor(options: AgentLinkOptions) {
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.greeted = promise;
    this.#greet = resolve;
    void this.#serve();
  }

  /** Says something if the agent has had its birth on this connection; otherwise the next birth will carry it. */
  send(message: HostToAgent): void {
    if (this.#born) this.#write?.(message);
  }

  /** Sends the birth again, because something in it is new. */
  renew(): void {
    if (this.#born) this.#sendBirth();
  }

  /** The agent's sealed answer, signed together with the owner's challenge; null if it does not answer in time. */
  async ask(question: AgentQuestion, challenge: string, body: string | null): Promise<string | null> {
    if (!this.#born || this.#asks.size >= MOST_ASKS) return null;
    this.#lastAsk += 1;
    const id = this.#lastAsk;
    const { promise, resolve } = Promise.withResolvers<string | null>();
    const limit = setTimeout(() => resolve(null), answerLimitMs(question));
    this.#asks.set(id, resolve);
    this.send({ type: 'ask', id, question, challenge, body });
    try {
      return await promise;
    } finally {
      clearTimeout(limit);
      this.#asks.delete(id);
    }
  }

  /** Ends the line. The machine goes on. */
  stop(): void {
    this.#stopped.abort();
    this.#stream?.destroy();
  }

  async #serve(): Promise<void> {
    const { signal } = this.#stopped;
    for (let wait = FIRST_WAIT_MS; !signal.aborted; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      const started = performance.now();
      try {
        const stream = await this.#options.connect();
        this.#stream = stream;
        if (!signal.aborted) await this.#serveOne(stream);
        stream.destroy();
        if (performance.now() - started > GOOD_AFTER_MS) wait = FIRST_WAIT_MS;
      } catch {
        // The machine has no channel yet, or none any more: its end is noticed elsewhere.
      }
      await sleep(wait, undefined, { signal }).catch(() => {});
    }
  }

  async #serveOne(stream: Duplex): Promise<void> {
    try {
      await serveSession(
        stream,
        (write) => {
          this.#write = write;
        },
        (message) => this.#handle(message),
      );
    } finally {
      this.#write = undefined;
      if (this.#born && !this.#stopped.signal.aborted) this.#options.onLost();
      this.#born = false;
      for (const settle of this.#asks.values()) settle(null);
    }
  }

  async #handle(message: AgentToHost): Promise<void> {
    // An agent that had greeted a host before may begin with any other word: it waits for nothing then, and gets its birth all the same.
    if (message.type === 'hello' || !this.#born) {
      // A machine's line outlives its agent: a second greeting is another agent.
      if (this.#born) this.#options.onLost();
      this.#greet();
      this.#sendBirth();
    }
    if (message.type === 'heartbeat') this.#options.onHeartbeat();
    if (message.type === 'hello' || message.type === 'heartbeat') return;
    if (message.type === 'answer') return this.#answered(message.id, message.sealed);
    await this.#options.onMessage(message);
  }

  #answered(id: number, sealed: string): void {
    if (id > this.#lastAsk) throw new LetheError('bad_request', 'A server answered a question that nobody asked.');
    this.#asks.get(id)?.(sealed);
  }

  #sendBirth(): void {
    this.#born = true;
    this.#write?.(this.#options.birth());
    this.#options.onBirthSent();
  }
}
