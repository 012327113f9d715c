/**
 * A search that is made again only when the kernel has told of a change where it looks.
 *
 * The kernel's word saves work, and nothing rests on it alone: what it does not tell (settings changed by netlink, or through another mount
 * of /proc) is found by the search that `renew` asks for now and then.
 */

import { type FSWatcher, statSync, watch } from 'node:fs';

export interface Listening {
  stop(): void;
  /** False if what is listened to is no longer what stands there. */
  stands(): boolean;
}

/** Calls `changed` at changes from now on. Returns null if nobody would tell of every one. */
export type Listen = (changed: () => void) => Listening | null;

export class HeardSearch<T> {
  readonly #search: () => T;
  readonly #listen: Listen;
  readonly #heard: () => void;
  #listening: Listening | null = null;
  #last: { found: T } | null = null;

  /** `heard` is called when something has changed since the last look. */
  constructor(search: () => T, listen: Listen, heard: () => void) {
    this.#search = search;
    this.#listen = listen;
    this.#heard = heard;
  }

  /** What is there. Throws what the search throws, and then searches again the next time. */
  look(): T {
    if (this.#last && this.#listening?.stands()) return this.#last.found;
    this.renew();
    // Listening begins first: what changes while the search is under way is heard. After the first word nobody listens until the next
    // look, so that a storm of changes costs no more than one.
    this.#listening = this.#listen(() => {
      this.renew();
      this.#heard();
    });
    const found = this.#search();
    if (this.#listening) this.#last = { found };
    return found;
  }

  /** The next look searches, whatever the kernel has told. */
  renew(): void {
    this.#last = null;
    this.#listening?.stop();
    this.#listening = null;
  }
}

/**
 * Listens to what happens in directories, not below them: inotify(7). Whoever listens to several lists must take one's word for all: where
 * the kernel's queue overflows, the rest of it is lost without another word.
 */
export const inDirectories =
  (directories: () => string[]): Listen =>
  (changed) => {
    const watchers: FSWatcher[] = [];
    const stop = (): void => {
      for (const watcher of watchers.splice(0)) watcher.close();
    };
    try {
      const listed = directories();
      const before = listed.map(identity).join();
      for (const directory of listed) {
        const watcher = watch(directory, { persistent: false }, changed);
        watchers.push(watcher);
        watcher.once('error', changed);
      }
      // One that was made before its parent was listened to would be heard by nobody.
      if (directories().join('\0') === listed.join('\0')) {
        return { stop, stands: () => listed.map(identity).join() === before };
      }
    } catch {
      // As good as deaf.
    }
    stop();
    return null;
  };

/** The kernel makes directories of /proc anew, and an interface that is renamed gets other ones. */
function identity(directory: string): string {
  const stat = statSync(directory, { throwIfNoEntry: false });
  return `${stat?.dev}:${stat?.ino}`;
}
