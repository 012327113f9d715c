/**
 * Files of /proc that are read again and again. Each is opened once and read into one buffer, and what was concluded from its text holds
 * until the text changes: a look at a server to which nothing happens costs a system call a file, and leaves next to nothing behind.
 *
 * Only for files that the kernel makes up as they are read: an open one answers for the object it was opened on, and fails once that is gone.
 */

import { closeSync, openSync, readSync } from 'node:fs';

let buffer = Buffer.allocUnsafe(1 << 14);

export class KernelFile {
  readonly #path: string;
  #descriptor: number | null = null;
  #bytes = Buffer.alloc(0);
  #text = '';

  constructor(path: string) {
    this.#path = path;
  }

  /** Its text now: the very same string for as long as it does not change. Throws the system's error if it cannot be read. */
  read(): string {
    const length = this.#load();
    if (length !== this.#bytes.length || buffer.compare(this.#bytes, 0, length, 0, length) !== 0) {
      this.#bytes = Buffer.from(buffer.subarray(0, length));
      this.#text = this.#bytes.toString('utf8');
    }
    return this.#text;
  }

  close(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
  }

  /** Reads all of it into the buffer, from its beginning; once more by its name if what was open is gone. */
  #load(): number {
    if (this.#descriptor !== null) {
      try {
        return readWhole(this.#descriptor);
      } catch {
        this.close();
      }
    }
    this.#descriptor = openSync(this.#path, 'r');
    return readWhole(this.#descriptor);
  }
}

function readWhole(descriptor: number): number {
  for (let length = 0; ; ) {
    const read = readSync(descriptor, buffer, length, buffer.length - length, length);
    if (read === 0) return length;
    length += read;
    if (length === buffer.length) buffer = Buffer.concat([buffer, Buffer.allocUnsafe(buffer.length)]);
  }
}

/**
 * A function that gives what `judge` makes of a file's text, and judges again only when the text has changed. Throws as `read` does. With
 * `anew` the file is opened for each look, which a list of mounts needs: an open one goes on to tell of the root that its reader had then.
 */
export function judging<T>(path: string, judge: (text: string) => T, { anew = false } = {}): () => T {
  const file = new KernelFile(path);
  let last: { text: string; verdict: T } | null = null;
  return () => {
    const text = file.read();
    if (anew) file.close();
    if (last?.text !== text) last = { text, verdict: judge(text) };
    return last.verdict;
  };
}
