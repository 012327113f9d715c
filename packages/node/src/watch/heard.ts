/**
 * A search that is made again only when the kernel has told of a change where it looks.
 *
 * The kernel's word saves work, and nothing rests on it alone: what it does not tell (changes through another mount of /proc, or to a
 * directory that it has taken from its memory and made anew) is found by the search that `renew` asks for now and then.
 */

import { type FSWatcher, watch } from 'node:fs';

/** Calls `changed` at the first change from now on. Returns how to stop listening, or null if nobody would tell. */
export type Listen = (changed: () => void) => (() => void) | null;

export class HeardSearch<T> {
  readonly #search: () => T;
  readonly #listen: Listen;
  readonly #heard: () => void;
  #stop: (() => void) | null = null;
  #last: { found: T } | null = null;

  /** `heard` is called when something has changed since the last look. */
  constructor(search: () => T, listen: Listen, heard: () => void) {
    this.#search = search;
    this.#listen = listen;
    this.#heard = heard;
  }

  /** What is there. Throws what the search throws, and then searches again the next time. */
  look(): T {
    if (this.#last) return this.#last.found;
    this.renew();
    // Listening begins first: what changes while the search is under way is heard. After the first word nobody listens until the next
    // look, so that a storm of changes costs no more than one.
    this.#stop = this.#listen(() => {
      this.renew();
      this.#heard();
    });
    const found = this.#search();
    if (this.#stop) this.#last = { found };
    return found;
  }

  /** The next look searches, whatever the kernel has told. */
  renew(): void {
    this.#last = null;
    this.#stop?.();
    this.#stop = null;
  }
}

/** Listens to what happens in directories, not below them: inotify(7). */
export const inDirectories =
  (directories: () => string[]): Listen =>
  (changed) => {
    const watchers: FSWatcher[] = [];
    const stop = (): void => {
      for (const watcher of watchers.splice(0)) watcher.close();
    };
    try {
      for (const directory of directories()) {
        const watcher = watch(directory, { persistent: false }, changed);
        watchers.push(watcher);
        watcher.once('error', changed);
      }
      return stop;
    } catch {
      stop();
      return null;
    }
  };
