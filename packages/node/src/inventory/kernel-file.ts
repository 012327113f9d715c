/**
 * Files of /proc that are read again and again: into one buffer, and what was concluded from a text holds until the text changes. A look at a
 * server to which nothing happens costs a few system calls a file, and leaves next to nothing behind.
 *
 * No file is held open in between. The kernel takes names of /proc out of its table while files of that name are open (those of
 * /proc/net at the next lookup, those of a process at its end): such a file would count as a deleted one (open-files.ts).
 */

import { closeSync, openSync, readSync } from 'node:fs';

let buffer = Buffer.allocUnsafe(1 << 14);

export class KernelFile {
  readonly #path: string;
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

  /** Reads all of it into the buffer. */
  #load(): number {
    const descriptor = openSync(this.#path, 'r');
    try {
      return readWhole(descriptor);
    } finally {
      closeSync(descriptor);
    }
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

/** A function that gives what `judge` makes of a file's text, and judges again only when the text has changed. Throws as `read` does. */
export function judging<T>(path: string, judge: (text: string) => T): () => T {
  const file = new KernelFile(path);
  let last: { text: string; verdict: T } | null = null;
  return () => {
    const text = file.read();
    if (last?.text !== text) last = { text, verdict: judge(text) };
    return last.verdict;
  };
}
