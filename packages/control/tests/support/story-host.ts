/**
 * A host that does what hosts do: dials again for ever, makes what is desired, ends what is not, and says so. It remembers its
 * machines when the control plane dies.
 */

import type { Enrolment } from '@lethe/core';
import { enrolment, type FromControl, type HostKeys, TestHost } from './host.ts';
import type { TestService } from './service.ts';

export class StoryHost {
  /** Servers that run here, with what each enrolled with. */
  readonly machines = new Map<string, Enrolment | null>();
  readonly #keys: HostKeys;
  readonly #hostId: string;
  #service: Pick<TestService, 'url' | 'now'>;
  #channel: TestHost | undefined;
  /** One desired state after another, as a real host does: two at a time would make a machine twice. */
  #work: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(service: Pick<TestService, 'url' | 'now'>, keys: HostKeys, hostId: string) {
    this.#service = service;
    this.#keys = keys;
    this.#hostId = hostId;
    void this.#run();
  }

  /** Where to dial from now on. */
  follow(service: Pick<TestService, 'url' | 'now'>): void {
    this.#service = service;
  }

  stop(): void {
    this.#stopped = true;
    this.#channel?.socket.close();
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      try {
        const channel = await TestHost.dial(this.#service, this.#keys, this.#hostId);
        this.#channel = channel;
        channel.socket.addEventListener('message', ({ data }) => {
          this.#work = this.#work.then(() => this.#react(channel, JSON.parse(String(data)) as FromControl));
        });
        channel.hello();
        await channel.closed;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  async #react(channel: TestHost, message: FromControl): Promise<void> {
    if (message.type !== 'desired') return;
    const wanted = new Set(message.servers.map(({ server }) => server));
    const ended = [...this.machines.keys()].filter((id) => !wanted.has(id));
    for (const id of ended) this.machines.delete(id);
    for (const server of new Set([...ended, ...(message.gone ?? [])])) channel.send({ type: 'gone', server });
    for (const { server, enrolmentToken } of message.servers) {
      if (!this.machines.has(server)) {
        this.machines.set(server, enrolmentToken === null ? null : await enrolment(server, enrolmentToken));
        channel.send({ type: 'stage', server, stage: 'machine' });
      }
      const keys = this.machines.get(server);
      if (enrolmentToken !== null && keys) channel.send({ type: 'enrol', enrolment: keys });
      channel.send({ type: 'stage', server, stage: 'ready' });
      channel.send({ type: 'applied', server, counter: 1 });
    }
  }
}
