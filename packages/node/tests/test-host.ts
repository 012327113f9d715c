/** The host's side of the channel, played by the test over a real unix socket. */

import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { AGENT_LINE_BYTES, type AgentToHost, type HostToAgent, LineReader, toLine } from '@lethe/core';
import { until } from './until.ts';

type Of<T extends AgentToHost['type']> = Extract<AgentToHost, { type: T }>;

export class TestHost {
  readonly #path: string;
  #server!: Server;
  #socket: Socket | undefined;
  /** Everything heard on the present connection, in order. */
  heard: AgentToHost[] = [];
  connections = 0;

  private constructor(path: string) {
    this.#path = path;
  }

  static async listen(path: string): Promise<TestHost> {
    const host = new TestHost(path);
    await host.restart();
    return host;
  }

  /** Ends the host, as a crash does, and starts it again. */
  async restart(): Promise<void> {
    this.stop();
    rmSync(this.#path, { force: true });
    this.heard = [];
    this.#server = createServer((socket) => {
      this.#socket = socket;
      this.connections += 1;
      this.heard = [];
      const lines = new LineReader(AGENT_LINE_BYTES);
      socket.on('data', (chunk: Buffer) => this.heard.push(...(lines.push(chunk) as AgentToHost[])));
      socket.on('error', () => {});
    });
    await new Promise<void>((resolve) => this.#server.listen(this.#path, resolve));
  }

  stop(): void {
    this.#socket?.destroy();
    this.#server?.close();
  }

  send(message: HostToAgent): void {
    this.sendRaw(toLine(message));
  }

  sendRaw(text: string): void {
    this.#socket!.write(text);
  }

  /** The types heard, without heartbeats and what the watch says; stages with their name. */
  story(): string[] {
    return this.heard.flatMap((message) => {
      if (message.type === 'heartbeat' || message.type === 'drift') return [];
      return message.type === 'stage' ? `stage ${message.stage}` : message.type;
    });
  }

  /** Waits for the first message of a type heard after `from` messages. */
  async expect<T extends AgentToHost['type']>(
    type: T,
    from = 0,
    matches: (message: Of<T>) => boolean = () => true,
  ): Promise<Of<T>> {
    let found: Of<T> | undefined;
    try {
      await until(`the agent says ${type}`, () => {
        found = this.heard
          .slice(from)
          .find((message): message is Of<T> => message.type === type && matches(message as Of<T>));
        return found !== undefined;
      });
    } catch (error) {
      throw new Error(`${(error as Error).message}; it said: ${this.story().join(', ')}`, { cause: error });
    }
    return found!;
  }

  /** Sends a message and waits for the answer of a type that comes after it. */
  async ask<T extends AgentToHost['type']>(message: HostToAgent, type: T): Promise<Of<T>> {
    const from = this.heard.length;
    this.send(message);
    return this.expect(type, from);
  }
}
