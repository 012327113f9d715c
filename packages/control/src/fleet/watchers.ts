/** Requests that wait for a server to change. Woken by the bus; nothing about who waits is kept. */

export class Watchers {
  readonly #waiting = new Map<string, Set<() => void>>();
  #closed = false;

  /** True once the process stops: a wait ends with what is known. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Watches a server from now on. `changed` resolves at its next change, after the limit, or when the signal aborts. */
  watch(server: string, limitMs: number, signal: AbortSignal): { changed: Promise<void>; stop(): void } {
    let wake = (): void => {};
    const changed = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const waiting = this.#waiting.get(server) ?? new Set();
    this.#waiting.set(server, waiting.add(wake));
    const timer = setTimeout(wake, limitMs);
    signal.addEventListener('abort', wake, { once: true });
    const stop = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', wake);
      waiting.delete(wake);
      if (waiting.size === 0 && this.#waiting.get(server) === waiting) this.#waiting.delete(server);
    };
    return { changed, stop };
  }

  changed(server: string): void {
    for (const wake of this.#waiting.get(server) ?? []) wake();
  }

  close(): void {
    this.#closed = true;
    this.wakeAll();
  }

  /** Wakes everybody, because changes may have been missed. */
  wakeAll(): void {
    for (const server of this.#waiting.keys()) this.changed(server);
  }
}
