/**
 * Notices when processes end that are not children of this one, by looking once a second. Costs one small read in /proc
 * for each.
 */

import { isAlive, type ProcessIdentity } from './process-identity.ts';

const INTERVAL_MS = 1000;

interface Watch {
  process: ProcessIdentity | null;
  callback: () => void;
}

export class ExitWatch {
  readonly #isGone: (process: ProcessIdentity) => boolean;
  #watches = new Map<string, Set<Watch>>();
  #timer: NodeJS.Timeout | null = null;

  /** `isGone` decides when a process has ended, so that an engine lists a machine as dead by the time it says that it ended. */
  constructor(isGone = (process: ProcessIdentity): boolean => !isAlive(process)) {
    this.#isGone = isGone;
  }

  /**
   * Calls back once when the process is gone (or is null), at the next look at the earliest. Returns a function
   * that stops watching.
   */
  add(id: string, process: ProcessIdentity | null, callback: () => void): () => void {
    const watch = { process, callback };
    const watches = this.#watches.get(id) ?? new Set();
    this.#watches.set(id, watches.add(watch));
    // Not a reason to keep this program running.
    this.#timer ??= setInterval(() => this.#look(), INTERVAL_MS).unref();
    return () => this.#drop(id, watch);
  }

  /** Stops watching a machine: one that is ended on purpose does not end by itself. */
  forget(id: string): void {
    for (const watch of this.#watches.get(id) ?? []) this.#drop(id, watch);
  }

  /** Stops watching everything. */
  clear(): void {
    for (const id of this.#watches.keys()) this.forget(id);
  }

  #look(): void {
    for (const [id, watches] of this.#watches) {
      for (const watch of watches) {
        if (watch.process && !this.#isGone(watch.process)) continue;
        this.#drop(id, watch);
        watch.callback();
      }
    }
  }

  #drop(id: string, watch: Watch): void {
    const watches = this.#watches.get(id);
    watches?.delete(watch);
    if (watches?.size === 0) this.#watches.delete(id);
    if (this.#watches.size > 0 || !this.#timer) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }
}
