/** A TCP connection to the resolver that many queries share: made when the first needs it, ended when none has come for a while. */

import { connect, type Socket } from 'node:net';
import type { Place } from './arguments.ts';
import { FrameReader } from './frames.ts';
import { HEADER_BYTES } from './wire.ts';

/** Well below the 30 s after which Unbound ends an idle connection, so that no query meets that end. */
const IDLE_MS = 5000;
const MAX_ANSWER_BYTES = 65_535;

export interface UpstreamUser {
  /** The message is the user's until this returns. */
  answered(answer: Buffer): void;
  /** The connection ended; what was sent may be lost. */
  ended(): void;
  /** True while an answer is waited for. */
  waits(): boolean;
}

export class UpstreamConnection {
  readonly #place: Place;
  readonly #user: UpstreamUser;
  #socket: Socket | null = null;

  constructor(place: Place, user: UpstreamUser) {
    this.#place = place;
    this.#user = user;
  }

  /** Sends bytes of the caller's, which are overwritten once the kernel has them. */
  send(frame: Buffer): void {
    this.#socket ??= this.#open();
    this.#socket.write(frame, () => frame.fill(0));
  }

  close(): void {
    this.#socket?.destroy();
  }

  #open(): Socket {
    const socket = connect({ host: this.#place.address, port: this.#place.port, noDelay: true });
    const reader = new FrameReader(HEADER_BYTES, MAX_ANSWER_BYTES);
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      if (!reader.push(chunk, (answer) => this.#user.answered(answer))) socket.destroy();
      chunk.fill(0);
    });
    socket.setTimeout(IDLE_MS, () => {
      if (!this.#user.waits()) socket.destroy();
    });
    socket.on('end', () => socket.destroy());
    socket.on('close', () => {
      reader.clear();
      this.#socket = null;
      this.#user.ended();
    });
    return socket;
  }
}
