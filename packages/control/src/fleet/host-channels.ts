/** The connections of hosts to this process, and questions to servers behind them, also behind other processes. */

import { randomUUID } from 'node:crypto';
import type { WebSocket } from '@fastify/websocket';
import { answerLimitMs, type ControlToHost, LetheError, type Question } from '@lethe/core';
import type { BusMessage, ServerQuestion } from './bus.ts';
import type { FleetContext } from './context.ts';
import { HostChannel } from './host-channel.ts';
import type { Host } from './join.ts';

/** Milliseconds that a host has beyond its server's own limit. */
const HOST_MS = 1000;

type Settle = (sealed: string | null) => void;

export class HostChannels {
  readonly #channels = new Map<string, HostChannel>();
  /** Questions to hosts of this process, by host and number: no host answers for another. */
  readonly #local = new Map<string, Settle>();
  readonly #remote = new Map<string, Settle>();
  #lastAsk = 0;

  /** Takes over a connection that has been admitted. A second one of the same host takes the place of the first. */
  open(ctx: FleetContext, host: Host, socket: WebSocket): void {
    const channel = new HostChannel(ctx, host, socket, (id, sealed) =>
      this.#local.get(localKey(host.id, id))?.(sealed),
    );
    this.#channels.get(host.id)?.close();
    this.#channels.set(host.id, channel);
    socket.on('close', () => {
      channel.dispose();
      if (this.#channels.get(host.id) === channel) this.#channels.delete(host.id);
      if (channel.greeted) void ctx.bus.absent(host.number);
    });
  }

  /** Reacts to what any process says on the bus. */
  onBus(ctx: FleetContext, message: BusMessage): void {
    if (message.kind === 'host') void this.#channels.get(message.host)?.push();
    if (message.kind === 'server') ctx.watchers.changed(message.server);
    if (message.kind === 'answer' && message.to === ctx.bus.self) this.#remote.get(message.id)?.(message.sealed);
    if (message.kind === 'ask' && this.#channels.has(message.host)) void this.#answerFor(ctx, message);
  }

  /** Sends every host its desired state, because notifications may have been missed. */
  pushAll(): void {
    for (const channel of this.#channels.values()) void channel.push();
  }

  /** Says the same to every host that has said what it offers. */
  tellAll(message: ControlToHost): void {
    for (const channel of this.#channels.values()) if (channel.greeted) channel.send(message);
  }

  /** Sends every host the newest release. */
  pushReleases(): void {
    for (const channel of this.#channels.values()) void channel.pushRelease();
  }

  /** Puts an owner's question to a server: its sealed answer, or null if its machine does not answer. Throws `timeout`. */
  async ask(ctx: FleetContext, hostId: string, server: string, ask: ServerQuestion): Promise<string | null> {
    const channel = this.#channels.get(hostId);
    if (channel) return this.#askHere(channel, server, ask);
    const id = randomUUID();
    return waitFor(this.#remote, id, ask.question, () =>
      ctx.bus.notify(ctx.db, { kind: 'ask', host: hostId, server, ...ask, id, from: ctx.bus.self }),
    );
  }

  async #askHere(channel: HostChannel, server: string, ask: ServerQuestion): Promise<string | null> {
    this.#lastAsk += 1;
    const id = this.#lastAsk;
    return waitFor(this.#local, localKey(channel.host.id, id), ask.question, async () =>
      channel.send({ type: 'ask', id, server, ...ask }),
    );
  }

  /** Answers a question that came over the bus. No answer is an answer too: the asker's own limit ends its wait. */
  async #answerFor(
    ctx: FleetContext,
    { host, server, question, challenge, body, id, from }: Extract<BusMessage, { kind: 'ask' }>,
  ): Promise<void> {
    try {
      const sealed = await this.#askHere(this.#channels.get(host)!, server, { question, challenge, body });
      await ctx.bus.notify(ctx.db, { kind: 'answer', id, to: from, sealed });
    } catch {
      return;
    }
  }

  /** Ends all connections; hosts keep what they run and dial again. */
  close(): void {
    for (const channel of this.#channels.values()) channel.close();
  }
}

const localKey = (hostId: string, id: number): string => `${hostId} ${id}`;

/** Registers a question, asks, and waits within the limit. */
async function waitFor(
  pending: Map<string, Settle>,
  key: string,
  question: Question,
  ask: () => Promise<void>,
): Promise<string | null> {
  const { promise, resolve, reject } = Promise.withResolvers<string | null>();
  pending.set(key, resolve);
  const timer = setTimeout(
    () => reject(new LetheError('timeout', 'The server did not answer in time. Try again in a moment.')),
    answerLimitMs(question) + HOST_MS,
  );
  try {
    await ask();
    return await promise;
  } finally {
    clearTimeout(timer);
    pending.delete(key);
  }
}
