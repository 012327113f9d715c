/**
 * The connection to the control plane: dialled by the host, signed with its key, dialled again for ever. What is said while it is down
 * is not queued: at each new connection the caller says everything that still matters.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { type ControlToHost, type HostToControl, LetheError, signRequest } from '@lethe/core';
import { type HostIdentity, storeHostId } from '../identity.ts';
import { joinControl } from './join.ts';
import { parseControlMessage } from './messages.ts';

export interface ChannelOptions {
  controlUrl: string;
  joinToken: string | null;
  region: { id: string; name: string };
  identity: HostIdentity;
  /** Where the identity is stored. */
  directory: string;
  /** Waits between attempts, in milliseconds. */
  retryFirstMs: number;
  retryLongestMs: number;
  /** True if this host keeps sealed records of servers: they belong to the id that it has. */
  keepsServers(): Promise<boolean>;
  /** A connection is open: say hello, then what matters. */
  onOpen(): void;
  onMessage(message: ControlToHost): void;
}

/** Messages of a burst, and the pause after it: the control plane writes most of them to its database one by one. */
const BURST = 50;
const BURST_PAUSE_MS = 50;
/** A connection that lived this long starts the waits anew. */
const STEADY_AFTER_MS = 10_000;
/** Longest wait for a connection to open. */
const OPEN_LIMIT_MS = 20_000;
const CLOSE_LIMIT_MS = 1_000;

export class ControlChannel {
  readonly #options: ChannelOptions;
  #socket: WebSocket | undefined;
  #token: string | null;
  #outgoing: HostToControl[] = [];
  #flushing = false;

  constructor(options: ChannelOptions) {
    this.#options = options;
    this.#token = options.joinToken;
  }

  /** Joins if this host never did. Returns at once if it did. Throws what the control plane refused with; waits while it is not there. */
  async join(signal: AbortSignal): Promise<void> {
    const { identity, retryFirstMs, retryLongestMs } = this.#options;
    for (let wait = retryFirstMs; identity.hostId === null; wait = Math.min(wait * 2, retryLongestMs)) {
      if (this.#token === null) {
        throw new LetheError(
          'bad_voucher',
          'This host has not joined a service yet and has no join token. Nothing was started.',
        );
      }
      try {
        await this.#joinWith(this.#token, signal);
      } catch (error) {
        if (!(error instanceof LetheError) || error.code !== 'unreachable') throw error;
        await sleep(wait, undefined, { signal });
      }
    }
  }

  /** Keeps a connection open until the signal. Throws if the control plane knows this host no more and it must not join anew. */
  async run(signal: AbortSignal): Promise<void> {
    const { retryFirstMs, retryLongestMs } = this.#options;
    for (let wait = retryFirstMs; !signal.aborted; wait = Math.min(wait * 2, retryLongestMs)) {
      const started = performance.now();
      const opened = await this.#connectOnce(signal).catch(() => false);
      if (!opened) await this.#joinAgain(signal);
      if (performance.now() - started > STEADY_AFTER_MS) wait = retryFirstMs;
      // Jitter, so that many hosts do not come back in one moment.
      await sleep(wait * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => {});
    }
  }

  /** Says something, in order, if there is a connection. */
  send(message: HostToControl): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#outgoing.push(message);
    void this.#flush();
  }

  async #flush(): Promise<void> {
    if (this.#flushing) return;
    this.#flushing = true;
    while (this.#outgoing.length > 0) {
      for (const message of this.#outgoing.splice(0, BURST)) this.#socket?.send(JSON.stringify(message));
      if (this.#outgoing.length > 0) await sleep(BURST_PAUSE_MS);
    }
    this.#flushing = false;
  }

  /** Resolves when the connection is over, with whether it ever opened. */
  async #connectOnce(signal: AbortSignal): Promise<boolean> {
    const { controlUrl, identity } = this.#options;
    const path = `/api/hosts/${identity.hostId}/channel`;
    const request = { method: 'GET', path, query: '?', body: new Uint8Array(0) };
    const headers = await signRequest(request, identity.sign, identity.hostKey, Date.now() / 1000);
    const url = new URL(path, controlUrl);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(url, { headers: { ...headers } } as unknown as string[]);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    let opened = false;
    // A peer that does not answer the farewell is left after a moment.
    const close = (): void => {
      socket.close();
      setTimeout(() => resolve(opened), CLOSE_LIMIT_MS).unref();
    };
    const limit = setTimeout(close, OPEN_LIMIT_MS);
    signal.addEventListener('abort', close, { once: true });
    if (signal.aborted) close();
    socket.addEventListener('open', () => {
      clearTimeout(limit);
      opened = true;
      this.#socket = socket;
      this.#outgoing = [];
      this.#options.onOpen();
    });
    socket.addEventListener('message', ({ data }) => {
      if (!this.#receive(data)) close();
    });
    socket.addEventListener('error', () => {}); // the end of the connection follows
    socket.addEventListener('close', () => resolve(opened));
    try {
      return await promise;
    } finally {
      clearTimeout(limit);
      signal.removeEventListener('abort', close);
      if (this.#socket === socket) this.#socket = undefined;
      this.#outgoing = [];
    }
  }

  /** False for a message that is not in the protocol. */
  #receive(data: unknown): boolean {
    let message: ControlToHost;
    try {
      message = parseControlMessage(data);
    } catch {
      return false;
    }
    this.#options.onMessage(message);
    return true;
  }

  /**
   * A host that is turned away although it has an id may be unknown to a control plane that lost its database. A token that was never
   * used lets it in again, under its old key, if it keeps no servers. Throws if it does.
   */
  async #joinAgain(signal: AbortSignal): Promise<void> {
    if (this.#token === null || signal.aborted) return;
    await this.#joinWith(this.#token, signal).catch((error) => {
      if (error instanceof ForgottenHost) throw error;
      if (!(error instanceof LetheError) || error.code !== 'unreachable') this.#token = null;
    });
  }

  async #joinWith(token: string, signal: AbortSignal): Promise<void> {
    const { controlUrl, region, identity, directory } = this.#options;
    const hostId = await joinControl({ controlUrl, region, identity, signal, token });
    this.#token = null;
    if (hostId !== identity.hostId && (await this.#options.keepsServers())) throw new ForgottenHost(directory);
    await storeHostId(directory, identity, hostId);
  }
}

/** The control plane gave another id to a host that keeps servers: it is not the one that these servers were made for. */
class ForgottenHost extends LetheError {
  constructor(directory: string) {
    super(
      'already_exists',
      `The control plane does not know this host any more, which still keeps sealed records of servers. They were left as they are, and none of them runs. Start the control plane with the database it had; or, if their owners shall lose them, move ${directory} away and start again.`,
    );
  }
}
