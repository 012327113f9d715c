/** The clock of the evidence: tells hosts when an epoch begins, closes the one before, and brings it into the log. */

import { addDays, dayOf, epochOf } from '@lethe/core';
import type { FleetContext } from '../context.ts';
import { closeEpoch, logEpochs } from './close.ts';

/** Longest pause between two looks at the clock. */
const TICK_MS = 5_000;
/** Who starts after this part of an epoch leaves it unclosed: too much of it was seen by nobody. */
const LATEST_START = 0.4;
/** Shorter epochs are for trying out: a server counts from its first day, and its creation shows in the log. */
const SHORTEST_SERIOUS_S = 900;
/** What hosts have to report the last looks of an epoch, at most. */
const GRACE_S = 60;

export class EvidenceRounds {
  readonly seconds: number;
  readonly #tickMs: number;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;
  #startedAtS = 0;
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

  /** The first day of looks at a server that enrols now: the next one, so that nothing tells its hour. */
  dueFrom(nowMs: number): string {
    const today = dayOf(nowMs);
    return this.seconds < SHORTEST_SERIOUS_S ? today : addDays(today, 1);
  }

  /**
   * Epochs that were under way for long when the service started are not closed: everybody sees that they are missing, whether there were
   * servers or not.
   */
  start(ctx: FleetContext): void {
    this.#startedAtS = ctx.clock.now() / 1000;
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
    const wasThere = this.#startedAtS <= last + this.seconds * LATEST_START;
    if (wasThere && this.#closed !== last && now / 1000 >= epoch.begins + grace) {
      await closeEpoch(ctx, last);
      this.#closed = last;
    }
    await logEpochs(ctx);
  }
}
