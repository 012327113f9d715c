/** Messages over TCP: two bytes of length before each (RFC 1035 section 4.2.2), in pieces as the network cuts them. */

/** Cuts a stream into messages in one buffer of its own, which is overwritten after each message. */
export class FrameReader {
  readonly #least: number;
  readonly #most: number;
  #frame: Buffer;
  #have = 0;

  /** Lengths in bytes of the shortest and the longest message that is taken. */
  constructor(least: number, most: number) {
    this.#least = least;
    this.#most = most;
    this.#frame = Buffer.alloc(512);
  }

  /**
   * Hands over each message that the chunk completes; the message may be used and changed until `take` returns. False if a length is
   * out of bounds: the stream makes no sense from there on.
   */
  push(chunk: Uint8Array, take: (message: Buffer) => void): boolean {
    for (let at = 0; at < chunk.length; ) {
      const need = this.#need();
      if (need < 0) return false;
      const part = Math.min(need - this.#have, chunk.length - at);
      this.#makeRoom(this.#have + part);
      this.#frame.set(chunk.subarray(at, at + part), this.#have);
      this.#have += part;
      at += part;
      if (this.#have > 2 && this.#have === this.#need()) {
        take(this.#frame.subarray(2, this.#have));
        this.clear();
      }
    }
    return this.#need() >= 0;
  }

  /** Overwrites what has arrived of a message. */
  clear(): void {
    this.#frame.fill(0, 0, this.#have);
    this.#have = 0;
  }

  /** Bytes of the whole message with its length, or of the length alone; -1 if it is out of bounds. */
  #need(): number {
    if (this.#have < 2) return 2;
    const length = (this.#frame[0]! << 8) | this.#frame[1]!;
    return length < this.#least || length > this.#most ? -1 : 2 + length;
  }

  #makeRoom(bytes: number): void {
    if (bytes <= this.#frame.length) return;
    const larger = Buffer.alloc(Math.min(2 + this.#most, Math.max(bytes, 2 * this.#frame.length)));
    larger.set(this.#frame.subarray(0, this.#have));
    this.#frame.fill(0);
    this.#frame = larger;
  }
}

/** A message with its length, in a buffer of its own. */
export function toFrame(message: Uint8Array): Buffer {
  const frame = Buffer.alloc(2 + message.length);
  frame.writeUInt16BE(message.length);
  frame.set(message, 2);
  return frame;
}
