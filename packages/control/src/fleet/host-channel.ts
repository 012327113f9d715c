/**
 * One connection of one host. Desired states go out whole and in order; reports come in and are worked off one after another, so
 * that a later report never overtakes an earlier one.
 */

import type { WebSocket } from '@fastify/websocket';
import type { ControlToHost, HostToControl } from '@lethe/core';
import { crashPoint } from '../crash-points.ts';
import type { FleetContext } from './context.ts';
import { finishDeleting } from './delete.ts';
import { type DesiredState, desiredState } from './desired.ts';
import { enrol } from './enrolment.ts';
import { onEvidence } from './evidence/store.ts';
import { parseHostMessage } from './host-messages.ts';
import { onDrift } from './incidents/drift.ts';
import type { Host } from './join.ts';
import { onApplied, onFailed, onHello, onStage } from './reports.ts';

/** Milliseconds between pings; a host that misses one is cut off and dials again. */
const PING_MS = 20_000;
/** Milliseconds after which servers that should be gone are named again. */
const REMIND_MS = 5000;
/** Reports waiting to be worked off, above which the host is made to wait. */
const MOST_WAITING = 100;
/** WebSocket close codes (RFC 6455 section 7.4.1). */
const GOING_AWAY = 1001;
const POLICY_VIOLATION = 1008;
const INTERNAL_ERROR = 1011;

export class HostChannel {
  readonly host: Host;
  readonly #ctx: FleetContext;
  readonly #socket: WebSocket;
  readonly #onAnswer: (id: number, sealed: string | null) => void;
  #greeted = false;
  #pushing = false;
  #pushAgain = false;
  /** What the host has seen of the log; undefined for a host that does not ask for releases. */
  #seen: { size: number; release: number } | undefined;
  #tail: Promise<void> = Promise.resolve();
  #waiting = 0;
  #alive = true;
  #timers: NodeJS.Timeout[] = [];
  #reminder: NodeJS.Timeout | undefined;

  constructor(ctx: FleetContext, host: Host, socket: WebSocket, onAnswer: (id: number, sealed: string | null) => void) {
    this.host = host;
    this.#ctx = ctx;
    this.#socket = socket;
    this.#onAnswer = onAnswer;
    socket.on('message', (data, isBinary) => this.#receive(isBinary ? undefined : parseHostMessage(String(data))));
    socket.on('pong', () => {
      this.#alive = true;
    });
    socket.on('error', () => socket.terminate());
    this.#timers.push(setInterval(() => this.#ping(), PING_MS));
  }

  /** True once the host has said what it offers. */
  get greeted(): boolean {
    return this.#greeted;
  }

  send(message: ControlToHost | DesiredState): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  /** Sends the desired state as it is now. A call during another one makes that one run again: the last thing sent is the newest. */
  async push(): Promise<void> {
    if (!this.#greeted) return;
    this.#pushAgain = true;
    if (this.#pushing) return;
    this.#pushing = true;
    try {
      while (this.#pushAgain) {
        this.#pushAgain = false;
        const desired = await desiredState(this.#ctx, this.host.id);
        if (desired.servers.length > 0) crashPoint('create.handed-over');
        this.send(desired);
        if (desired.servers.length > 0) crashPoint('create.sent');
        if (desired.gone.length > 0) crashPoint('delete.sent');
        this.#remind(desired.gone.length > 0);
      }
    } catch {
      // Without its database this process cannot say what is desired. The host keeps what it runs and dials again.
      this.close(INTERNAL_ERROR);
    } finally {
      this.#pushing = false;
    }
  }

  /** Sends the newest release, or the same with a fresher proof, to a host that follows releases. */
  async pushRelease(): Promise<void> {
    if (!this.#seen) return;
    try {
      const message = await this.#ctx.releaseSince(this.#seen);
      if (message) this.send(message);
    } catch {
      // The log cannot be read now. The host goes on with what it has, and asks again when it dials again.
    }
  }

  /** A host says what it has: at first, and after each release it accepted. Only what is new to it is sent. */
  async #tellRelease(seen: { size: number; release: number }): Promise<void> {
    const first = this.#seen === undefined;
    this.#seen = seen;
    if (first) await this.pushRelease();
  }

  close(code: number = GOING_AWAY): void {
    this.#socket.close(code);
  }

  /** Ends the timers; the connection is over. */
  dispose(): void {
    for (const timer of this.#timers) clearInterval(timer);
    clearTimeout(this.#reminder);
  }

  /** Names servers that should be gone again until the host has said so for each. */
  #remind(needed: boolean): void {
    clearTimeout(this.#reminder);
    if (needed) this.#reminder = setTimeout(() => void this.push(), REMIND_MS);
  }

  #ping(): void {
    if (this.#alive) this.#socket.ping();
    else this.#socket.terminate();
    this.#alive = false;
  }

  #receive(message: HostToControl | undefined): void {
    if (!message) {
      this.close(POLICY_VIOLATION);
      return;
    }
    this.#waiting += 1;
    if (this.#waiting > MOST_WAITING) this.#socket.pause();
    this.#tail = this.#tail
      .then(() => this.#handle(message))
      .catch(() => this.close(INTERNAL_ERROR))
      .finally(() => {
        this.#waiting -= 1;
        if (this.#socket.isPaused && this.#waiting < MOST_WAITING / 2) this.#socket.resume();
      });
  }

  async #handle(message: HostToControl): Promise<void> {
    const { id } = this.host;
    if (message.type === 'hello') return this.#greet(message);
    if (message.type === 'log') return this.#tellRelease({ size: message.size, release: message.release });
    if (!this.#greeted) return this.close(POLICY_VIOLATION);
    switch (message.type) {
      case 'stage':
        return onStage(this.#ctx, id, message.server, message.stage);
      case 'failed':
        return onFailed(this.#ctx, id, message.server, message.failure);
      case 'applied':
        return onApplied(this.#ctx, id, message.server, message.counter);
      case 'drift':
        return onDrift(this.#ctx, id, message.server, message.kinds);
      case 'evidence':
        return onEvidence(this.#ctx, id, message);
      case 'gone':
        return finishDeleting(this.#ctx, id, message.server);
      case 'answer':
        return this.#onAnswer(message.id, message.sealed);
      case 'enrol': {
        const accepted = await enrol(this.#ctx, id, message.enrolment);
        return this.send({ type: 'enrolled', server: message.enrolment.server, accepted });
      }
    }
  }

  async #greet(hello: Extract<HostToControl, { type: 'hello' }>): Promise<void> {
    if (hello.ports.first + hello.ports.count > 65536) return this.close(POLICY_VIOLATION);
    await onHello(this.#ctx, this.host.id, hello);
    if (!this.#greeted) await this.#ctx.bus.present(this.host.number);
    this.#greeted = true;
    await this.push();
    this.send(this.#ctx.evidence.epoch(this.#ctx.clock.now()));
  }
}
