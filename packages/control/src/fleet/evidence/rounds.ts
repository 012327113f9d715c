/** The clock of the evidence: tells hosts when an epoch begins, closes the one before, and brings it into the log. */

import { epochOf } from '@lethe/core';
import type { FleetContext } from '../context.ts';
import { closeEpoch, logEpochs } from './close.ts';

/** Longest pause between two looks at the clock. */
const TICK_MS = 5_000;
/** What hosts have to report the last looks of an epoch, at most. */
const GRACE_S = 60;

export class EvidenceRounds {
  readonly seconds: number;
  readonly #tickMs: number;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;
  #told: number | undefined;
  #closed: number | undefined;

  /** `seconds` is the length of an epoch (`isEpochLength`); `tickMs` the pause between two looks at the clock. */
  constructor(seconds: number, tickMs = Math.min(TICK_MS, seconds * 100)) {
    this.seconds = seconds;
    this.#tickMs = tickMs;
  }

  /** The epoch of a moment, as hosts are told it. */
  epoch(nowMs: number): { type: 'epoch'; begins: number; seconds: number } {
    return { type: 'epoch', begins: epochOf(nowMs, this.seconds), seconds: this.seconds };
  }

  /** A service that starts closes the epoch that it was not there for only if it is not too late: its hosts may have reported. */
  start(ctx: FleetContext): void {
    this.#timer = setInterval(() => this.#tick(ctx), this.#tickMs).unref();
    this.#tick(ctx);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#round;
  }

  #tick(ctx: FleetContext): void {
    this.#round ??= this.#work(ctx)
      // The database or the log is away: the next round goes on from what is stored.
      .catch(() => {})
      .finally(() => {
        this.#round = undefined;
      });
  }

  async #work(ctx: FleetContext): Promise<void> {
    const now = ctx.clock.now();
    const epoch = this.epoch(now);
    if (this.#told !== epoch.begins) {
      ctx.channels.tellAll(epoch);
      this.#told = epoch.begins;
    }
    const last = epoch.begins - this.seconds;
    const grace = Math.min(GRACE_S, this.seconds / 4);
    if (this.#closed !== last && now / 1000 >= epoch.begins + grace) {
      await closeEpoch(ctx, last);
      this.#closed = last;
    }
    await logEpochs(ctx);
  }
}
