/**
 * The agent's pulse, heard from outside: a beat every ten seconds, whatever the server does (CL-19). One that stops, or that comes
 * oftener than an agent sends it, is a difference that no report from inside would show. Pure.
 */

import { HEARTBEAT_S, type OutsideKind } from '@lethe/core';

/** Without a beat for this long the agent is silent: two may be late on a busy machine. */
const SILENT_AFTER_MS = 3 * HEARTBEAT_S * 1000;
const WINDOW_MS = 6 * HEARTBEAT_S * 1000;
/** Beats in a window: as many as there should be, and those that waited in a buffer. */
const MOST_BEATS = WINDOW_MS / (HEARTBEAT_S * 1000) + 3;

export class Pulse {
  #beats: number[];
  #lost = false;

  /** Milliseconds of a clock that never goes back. The agent was there just now. */
  constructor(now: number) {
    this.#beats = [now];
  }

  beat(now: number): void {
    this.#lost = false;
    this.#beats = [...this.#beats.filter((at) => now - at < WINDOW_MS), now].slice(-MOST_BEATS - 1);
  }

  /** The agent ended, or the line to it: silent until it is heard again. */
  lost(): void {
    this.#lost = true;
  }

  /** What is wrong with it now. */
  kinds(now: number): OutsideKind[] {
    const silent = this.#lost || now - this.#beats.at(-1)! >= SILENT_AFTER_MS;
    const often = this.#beats.filter((at) => now - at < WINDOW_MS).length > MOST_BEATS;
    return [...(silent ? (['agent_silent'] as const) : []), ...(often ? (['heartbeat_irregular'] as const) : [])];
  }
}
