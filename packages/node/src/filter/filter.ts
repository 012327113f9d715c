/** The DNS filter of a server: it answers port 53, blocks what the owner chose, and passes everything else to the resolver unchanged. */

import type { Server } from 'node:net';
import type { FilterArguments, Place } from './arguments.ts';
import { type FilterAnswer, type FilterQuestion, serveControl } from './control.ts';
import { coarse, Desk } from './desk.ts';
import { forgetDrawnIds } from './random-id.ts';
import { allowedSockets } from './socket-address.ts';
import { allowedSources } from './sources.ts';
import { readStored, release, type Stored } from './stored.ts';
import { reseed } from './system-calls.ts';
import { TcpSide } from './tcp.ts';
import { TURN_MS } from './turns.ts';
import { UdpSide } from './udp.ts';

export class Filter {
  readonly #directory: string;
  readonly #desk: Desk;
  #stored: Stored;
  readonly udp: UdpSide;
  readonly tcp: TcpSide;
  #control: Server | undefined;
  /** Runs while a query waits. */
  #clock: NodeJS.Timeout | undefined;
  #busy = false;
  #blockedBefore = 0;

  private constructor(options: FilterArguments, stored: Stored) {
    const allows = allowedSources(options.sources);
    this.#directory = options.directory;
    this.#stored = stored;
    this.#desk = new Desk(stored.judge);
    const onFirst = (): void => this.#startClock();
    this.udp = new UdpSide(this.#desk, allowedSockets(options.sources), onFirst);
    this.tcp = new TcpSide(this.#desk, allows, options.upstream, onFirst);
  }

  /** Resolves once it answers everywhere. The control socket comes last, so that it tells that all is there. Throws if any part fails. */
  static async start(options: FilterArguments): Promise<Filter> {
    const filter = new Filter(options, await readStored(options.directory));
    try {
      filter.udp.start(options.listen, options.upstream);
      await filter.tcp.start(filter.udp.addresses());
      filter.#control = await serveControl(options.control, (question) => filter.#answer(question));
    } catch (error) {
      filter.close();
      throw error;
    }
    return filter;
  }

  /** Where it listens, over UDP and TCP, in the order it was told. */
  addresses(): Place[] {
    return this.udp.addresses();
  }

  /** One step of the clock. It stands still while no query waits: a filter that is not asked anything takes no processor time. */
  tick(): void {
    this.udp.tick();
    this.tcp.tick();
    if (this.udp.waiting.oldest < 0 && this.tcp.waiting.oldest < 0) this.#stopClock();
  }

  #startClock(): void {
    this.#busy = true;
    this.#clock ??= setInterval(() => this.tick(), TURN_MS);
  }

  #stopClock(): void {
    clearInterval(this.#clock);
    this.#clock = undefined;
  }

  /** True if it had work to do since this was asked last. */
  wasBusy(): boolean {
    const busy = this.#busy || this.#desk.blocked !== this.#blockedBefore;
    this.#busy = false;
    this.#blockedBefore = this.#desk.blocked;
    return busy;
  }

  close(): void {
    this.#stopClock();
    this.#control?.close();
    this.udp.close();
    this.tcp.close();
  }

  async #answer(question: FilterQuestion): Promise<FilterAnswer> {
    if (question.type === 'total') return { type: 'total', blocked: coarse(this.#desk.blocked) };
    if (question.type === 'wake') {
      reseed();
      forgetDrawnIds();
      return { type: 'woken' };
    }
    try {
      const stored = await readStored(this.#directory);
      const old = this.#stored.table;
      this.#stored = stored;
      this.#desk.judge = stored.judge;
      release(old);
      return { type: 'loaded' };
    } catch {
      return { type: 'refused' };
    }
  }
}
