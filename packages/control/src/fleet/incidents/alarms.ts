/**
 * The work behind incidents: tells the channels and the log, looks for hosts and channels that are silent. It runs whenever something was
 * opened, and every few seconds. All that it has to do stands in the database; a round that fails is made up for by the next one.
 */

import type { FleetContext } from '../context.ts';
import type { Channel, ChannelFile } from './channels.ts';
import { deliver, watchChannels } from './deliver.ts';
import { logAlarms } from './logging.ts';
import { type SendAlarmMail, send, type Told } from './send.ts';
import { HostSilence } from './silence.ts';
import { repeatAlarms } from './store.ts';

const ROUND_MS = 5000;
/** How long a host with servers may be away. */
const HOST_SILENT_MS = 60_000;
/** Pause after the log could not be written. */
const LOG_PAUSE_MS = 5000;
/** A person waits for a test no longer. */
const TEST_WAIT_MS = 20_000;

export class Alarms {
  readonly #file: ChannelFile;
  readonly #mail: SendAlarmMail;
  readonly #roundMs: number;
  readonly #silence = new HostSilence();
  readonly #stop = new AbortController();
  /** One line of work for each channel of this process. */
  readonly #lines = new Map<string, Promise<unknown>>();
  #ctx: FleetContext | undefined;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;
  #again = false;
  #logging: Promise<void> | undefined;
  #logAfter = 0;

  /** `roundMs` is the pause between two rounds that nothing woke; tests take a shorter one. */
  constructor(file: ChannelFile, mail: SendAlarmMail, roundMs = ROUND_MS) {
    this.#file = file;
    this.#mail = mail;
    this.#roundMs = roundMs;
  }

  get channels(): readonly Channel[] {
    return this.#file.channels;
  }

  /** Why the file with the channels was not taken as it is; null if it was. */
  get problem(): string | null {
    return this.#file.problem;
  }

  start(ctx: FleetContext): void {
    this.#ctx = ctx;
    this.#timer = setInterval(() => this.wake(), this.#roundMs).unref();
    this.wake();
  }

  /** Something may be due now. */
  wake(): void {
    this.#again = true;
    if (!this.#ctx || this.#stop.signal.aborted) return;
    this.#round ??= this.#work(this.#ctx).finally(() => {
      this.#round = undefined;
    });
  }

  /**
   * Sends a test to every channel at once, each behind what it is being told. Says for each whether it took it; one that is still being told
   * other things after `TEST_WAIT_MS` has not.
   */
  async test(): Promise<{ name: string; delivered: boolean }[]> {
    const at = new Date(this.#ctx!.clock.now());
    const told: Told = { id: 'test', event: 'test', kind: 'test', region: '-', server: null, since: at, at };
    return Promise.all(
      this.channels.map(async (channel) => ({
        name: channel.name,
        delivered: await this.#testOne(channel, told),
      })),
    );
  }

  async #testOne(channel: Channel, told: Told): Promise<boolean> {
    const tooLate = AbortSignal.timeout(TEST_WAIT_MS);
    const stop = AbortSignal.any([tooLate, this.#stop.signal]);
    const over = new Promise<false>((resolve) => stop.addEventListener('abort', () => resolve(false), { once: true }));
    const sent = this.#inLine(channel, async () => !stop.aborted && send(channel, told, this.#mail, stop));
    return Promise.race([sent, over]);
  }

  /** Ends what is being sent; it is sent again after the next start. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#stop.abort();
    await this.#round;
    await Promise.all([this.#logging, ...this.#lines.values()]);
  }

  async #work(ctx: FleetContext): Promise<void> {
    while (this.#again && !this.#stop.signal.aborted) {
      this.#again = false;
      for (const step of [
        () => this.#file.refresh(),
        () => this.#silence.look(ctx, HOST_SILENT_MS),
        () => watchChannels(ctx),
        () => repeatAlarms(ctx),
      ]) {
        // The database is away: nothing was changed, and the next round looks again.
        await step().catch(() => {});
      }
      this.#log(ctx);
      for (const channel of this.channels) {
        if (this.#lines.has(channel.name)) continue;
        void this.#inLine(channel, () => deliver(ctx, channel, this.#mail, this.#stop.signal)).catch(() => {});
      }
    }
  }

  /** Beside the rounds: a log that is slow must not hold up what the channels are told. */
  #log(ctx: FleetContext): void {
    if (ctx.clock.now() < this.#logAfter) return;
    this.#logging ??= logAlarms(ctx)
      .catch(() => {
        this.#logAfter = ctx.clock.now() + LOG_PAUSE_MS;
      })
      .finally(() => {
        this.#logging = undefined;
      });
  }

  async #inLine<T>(channel: Channel, work: () => Promise<T>): Promise<T> {
    const before = this.#lines.get(channel.name);
    const mine = (async () => {
      await before;
      return work();
    })();
    const settled = mine.then(
      () => {},
      () => {},
    );
    this.#lines.set(channel.name, settled);
    try {
      return await mine;
    } finally {
      if (this.#lines.get(channel.name) === settled) this.#lines.delete(channel.name);
    }
  }
}
