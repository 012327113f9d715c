/**
 * One server of this host: what is wanted, what is there, and the loop that brings the two together. Everything about one server
 * happens one after another; servers do not wait for each other.
 */

import type { AgentToHost, Birth, DesiredServer, EngineKind } from '@lethe/core';
import { linkAddresses, randomBytes, toBase64 } from '@lethe/core';
import { AgentLink } from '../agent/link.ts';
import { Pulse } from '../agent/pulse.ts';
import { crashPoint } from '../crash-points.ts';
import type { ServerRecord } from '../sealed/record.ts';
import { pauseMs } from '../settings.ts';
import { bringUp } from './bring-up.ts';
import type { HostContext } from './context.ts';
import { onAgentMessage } from './conversation.ts';
import { failureOf, mayPass, ServerFailure } from './failure.ts';
import { takeDown } from './take-down.ts';

/** Failures of a server at work, within a window, after which its machine is made anew. Repairs come with each heartbeat. */
const MOST_COMPLAINTS = 6;
const COMPLAINT_WINDOW_MS = 300_000;
/** How often the host looks whether an agent is silent. */
const PULSE_MS = 5_000;
/** How often it looks what a machine runs: some 40 ms of a core for a container. */
const CROSS_CHECK_MS = 120_000;
/** A look that is so much later than the one before: this process stood still. */
const MOST_LATE_MS = 3 * PULSE_MS;

/** A machine that runs, or that this process believes to run until it hears of its end. */
export interface Machine {
  kind: EngineKind;
  hostInterface: string;
}

/** `unknown` until the control plane has spoken: the server is kept as its record has it. */
export type Target = DesiredServer | 'absent' | 'unknown';

export class Server {
  readonly id: string;
  readonly context: HostContext;
  machine: Machine | null;
  /** True if the machine must be ended and made again. */
  needsNewMachine = false;
  /** From the decision to forget until the server is ready again. */
  forgetting: 'no' | 'planned' | 'under way' = 'no';
  /** The token in the last birth. */
  offeredToken: string | null = null;
  /** Called when the machine ends while it boots. */
  onMachineEnd: (() => void) | null = null;
  /** Called with what the server found when it looked at itself. */
  onLooked: ((answer: Extract<AgentToHost, { type: 'looked' }>) => Promise<void>) | null = null;
  readonly #onGone: (server: Server) => void;
  #record: ServerRecord | null;
  #agent: AgentLink | null = null;
  #target: Target = 'unknown';
  #readyAt: number | null = null;
  #complaints: number[] = [];
  /** The token of the enrolment that the control plane answered last, and its answer. */
  #answered: { token: string | null; accepted: boolean } | null = null;
  #readyLimit: NodeJS.Timeout | undefined;
  /** From `ready` on: an agent that is still being born may be busy. */
  #pulse: Pulse | undefined;
  #listening: NodeJS.Timeout | undefined;
  #pulseTakenAt = 0;
  /** True if the machine ran something else than its image when it was looked at last. */
  #hasForeignCode = false;
  #checkedAt = 0;
  #stopWatching: (() => void) | null = null;
  #sealing: Promise<unknown> = Promise.resolve();
  #failures = 0;
  #work = new AbortController();
  #wake = Promise.withResolvers<void>();
  #retry: NodeJS.Timeout | undefined;
  #stopped = false;
  readonly #loop: Promise<void>;

  constructor(
    id: string,
    context: HostContext,
    found: { record: ServerRecord | null; machine: Machine | null },
    onGone: (server: Server) => void,
  ) {
    this.id = id;
    this.context = context;
    this.#record = found.record;
    this.machine = found.machine;
    this.#onGone = onGone;
    this.#loop = this.#run();
  }

  get record(): ServerRecord | null {
    return this.#record;
  }
  get agent(): AgentLink | null {
    return this.#agent;
  }
  /** Tries of a machine in a row that ended badly. */
  get failures(): number {
    return this.#failures;
  }
  get isReady(): boolean {
    return this.#readyAt !== null;
  }
  /** The token with which the server still has to enrol, or null. */
  get enrolmentToken(): string | null {
    const token = typeof this.#target === 'object' ? this.#target.enrolmentToken : null;
    return this.#answered?.accepted && this.#answered.token === token ? null : token;
  }
  /** True if an enrolment with the token is news to the control plane. */
  mayEnrolWith(token: string): boolean {
    return this.#answered?.token !== token;
  }

  /** Sets what is wanted. A server that must go does not wait for its own boot. The same again does not shorten a pause. */
  want(target: Target): void {
    const same = JSON.stringify(target) === JSON.stringify(this.#target);
    this.#target = target;
    if (same && target !== 'unknown') return;
    if (target === 'absent') this.#work.abort();
    this.poke();
  }

  /** Starts the loop's next round now. */
  poke(): void {
    clearTimeout(this.#retry);
    this.#wake.resolve();
  }

  /** Ends the loop and the line to the agent. The machine goes on; see `endMachine`. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#work.abort();
    this.poke();
    await this.#loop;
    this.closeAgent();
    this.#stopWatching?.();
    await this.#sealing.catch(() => {});
  }

  /** Changes the record; on disk when it returns. Throws `disk_full` or `internal`; the record stays as it was then. */
  seal(change: Partial<ServerRecord>): Promise<ServerRecord> {
    const write = this.#sealing
      .catch(() => {})
      .then(async () => {
        const next = { ...this.#record, ...change } as ServerRecord;
        await this.context.store.write(this.id, next);
        this.#record = next;
        return next;
      });
    this.#sealing = write;
    return write;
  }

  forgetRecord(): void {
    this.#record = null;
  }

  /** The control plane has answered an enrolment. */
  async enrolled(accepted: boolean): Promise<void> {
    if (!this.#record) return;
    crashPoint('up:enrolled-received');
    this.#answered = { token: this.offeredToken, accepted };
    this.context.reports.enrolled(this.id);
    if (!accepted) return this.context.reports.failed(this.id, 'agent_failed');
    try {
      if (!this.#record.enrolled) await this.seal({ enrolled: true });
      crashPoint('up:enrolled-sealed');
    } catch (error) {
      // Not lost: the next desired state asks for no enrolment, which says the same.
      this.context.reports.failed(this.id, failureOf(error));
    }
  }

  /** Opens the line to the agent of the machine. */
  openAgent(): AgentLink {
    const engine = this.context.engines.get(this.machine!.kind)!;
    this.#agent ??= new AgentLink({
      connect: () => engine.connect(this.id),
      birth: () => this.#birth(),
      onMessage: (message) => onAgentMessage(this, message),
      onBirthSent: () => this.#birthSent(),
      onHeartbeat: () => this.#pulse?.beat(performance.now()),
      onLost: () => this.#agentLost(),
    });
    return this.#agent;
  }

  closeAgent(): void {
    clearTimeout(this.#readyLimit);
    this.#readyLimit = undefined;
    clearInterval(this.#listening);
    this.#pulse = undefined;
    this.#agent?.stop();
    this.#agent = null;
  }

  /** Calls for a new round when the machine ends by itself. */
  watchMachine(): void {
    this.#stopWatching?.();
    const engine = this.context.engines.get(this.machine!.kind);
    this.#stopWatching = engine?.onExit(this.id, () => this.#machineEnded()) ?? null;
  }

  /**
   * Forgets everything: by a fresh machine where the server has a kernel of its own, else by cleaning the one it has. The host forgets at
   * the same moment. False if the server is not up: there is nothing to forget then, or it is being born just now. Nobody is told but who
   * asked: that a server was born again would tell that its devices had left.
   */
  forget(): boolean {
    if (!this.isReady || !this.machine || !this.#record) return false;
    if (this.forgetting !== 'no') return true;
    this.#forgiveIfSteady();
    this.context.reports.hold(this.id);
    this.forgetting = 'planned';
    this.poke();
    return true;
  }

  /** Names the block table that should be in use; the agent asks for what it does not have. */
  tellTable(): void {
    const table = this.context.blocklist.current;
    if (table) this.#agent?.send({ type: 'table', digest: table.digest, size: table.bytes.length });
  }

  /** The machine is gone, or about to be. */
  forgetMachine(): void {
    this.#stopWatching?.();
    this.#stopWatching = null;
    this.closeAgent();
    this.machine = null;
    this.needsNewMachine = false;
    this.#hasForeignCode = false;
    this.#checkedAt = 0;
    this.#complaints = [];
    this.#readyAt = null;
  }

  /** Ends the machine. The rules stay: the port is the server's, and what is sent to it meanwhile goes nowhere. */
  async endMachine(): Promise<void> {
    const kind = this.machine?.kind ?? this.#record?.engine;
    this.forgetMachine();
    const engine = kind && this.context.engines.get(kind);
    if (engine) await engine.destroy(this.id);
  }

  becameReady(): void {
    clearTimeout(this.#readyLimit);
    this.#readyAt ??= performance.now();
    this.#listenToPulse();
    if (this.forgetting === 'under way') this.forgetting = 'no';
  }

  #listenToPulse(): void {
    if (this.#pulse || !this.#agent) return;
    this.#pulse = new Pulse(performance.now());
    this.#pulseTakenAt = performance.now();
    this.#listening = setInterval(() => this.#takePulse(), PULSE_MS);
  }

  #takePulse(): void {
    const now = performance.now();
    // Nobody could have been heard meanwhile.
    if (this.#pulse && now - this.#pulseTakenAt > MOST_LATE_MS) this.#pulse = new Pulse(now);
    this.#pulseTakenAt = now;
    if (!this.#pulse) return;
    const foreign = this.#hasForeignCode ? (['foreign_code'] as const) : [];
    this.context.reports.outside(this.id, [...this.#pulse.kinds(now), ...foreign]);
    if (now - this.#checkedAt > CROSS_CHECK_MS) void this.#crossCheck(now);
  }

  /** Looks from outside what the machine runs. What cannot be read now is looked at again, and leaves the evidence open (evidence/). */
  async #crossCheck(now: number): Promise<void> {
    this.#checkedAt = now;
    const engine = this.machine && this.context.engines.get(this.machine.kind);
    const runsOnly = await engine?.runsOnly(this.id, this.context.image).catch(() => undefined);
    if (runsOnly !== undefined) this.#hasForeignCode = !runsOnly;
  }

  #agentLost(): void {
    this.#pulse?.lost();
    this.#takePulse();
    // The next agent must get ready too: one that lives and is not born watches nothing.
    this.#readyAt = null;
  }

  /**
   * The agent says that something failed. Before `ready` that ends this try. Afterwards the tunnel may well go on while a part of the
   * server is repaired, so the machine is left alone until repairs keep failing.
   */
  complained(): void {
    const now = performance.now();
    this.#complaints = [...this.#complaints.filter((at) => now - at < COMPLAINT_WINDOW_MS), now];
    if (!this.isReady || this.#complaints.length >= MOST_COMPLAINTS) this.machineIsBad();
  }

  /** The machine does not do its work: it is made anew, after a pause. */
  machineIsBad(): void {
    if (this.needsNewMachine) return;
    this.needsNewMachine = true;
    this.#failed(new ServerFailure('agent_failed', 'A server did not get ready.'));
  }

  #machineEnded(): void {
    if (!this.machine) return;
    this.#forgiveIfSteady();
    this.needsNewMachine = true;
    this.closeAgent();
    if (this.onMachineEnd) this.onMachineEnd();
    else this.#failed(new ServerFailure('engine_failed', 'A machine ended by itself.'));
  }

  /** A machine that has lived long enough makes up for the tries before it. */
  #forgiveIfSteady(): void {
    const steady = this.#readyAt !== null && performance.now() - this.#readyAt > this.context.settings.steadyAfterMs;
    if (steady) this.#failures = 0;
  }

  /** Counts a try that ended badly, says so when it is time, and plans the next one. */
  #failed(error: unknown): void {
    const { settings, reports } = this.context;
    const failure = failureOf(error);
    this.#failures += 1;
    if (!mayPass(failure) || this.#failures >= settings.attempts) reports.failed(this.id, failure);
    this.#retryAfter(pauseMs(settings, this.#failures));
  }

  #retryAfter(milliseconds: number): void {
    clearTimeout(this.#retry);
    if (!this.#stopped) this.#retry = setTimeout(() => this.poke(), milliseconds);
  }

  async #run(): Promise<void> {
    for (;;) {
      await this.#wake.promise;
      this.#wake = Promise.withResolvers();
      if (this.#stopped) return;
      this.#work = new AbortController();
      try {
        if (this.#target === 'absent') await this.#goDown();
        else await this.#goUp();
      } catch (error) {
        if (!this.#work.signal.aborted) this.#failed(error);
      }
      if (this.#stopped) return;
    }
  }

  async #goDown(): Promise<void> {
    await takeDown(this);
    this.#failures = 0;
    // Wanted again meanwhile: that call has woken the loop for another round.
    if (this.#target !== 'absent') return;
    this.#stopped = true;
    this.#onGone(this);
    crashPoint('down:gone-sent');
  }

  async #goUp(): Promise<void> {
    // Before the control plane has spoken: servers whose keys a customer surely has, and those that run. An enrolment may have been
    // accepted without this process having lived to hear of it.
    if (this.#target === 'unknown' && !(this.#record?.enrolled || (this.#record?.keys && this.machine))) return;
    const desired = typeof this.#target === 'object' ? this.#target : null;
    const refused = await bringUp(this, desired, this.#work.signal);
    if (refused) this.context.reports.failed(this.id, refused);
    else if (this.isReady) this.context.reports.mended(this.id);
  }

  #birth(): Birth {
    const record = this.#record!;
    return {
      type: 'birth',
      server: this.id,
      ownerKey: record.ownerKey,
      devices: record.devices,
      settings: record.settings,
      keys: record.keys,
      link: linkAddresses(record.link),
      enrolmentToken: this.enrolmentToken,
      rootAnchors: this.context.rootAnchors,
      seed: toBase64(randomBytes(32)),
      timeMs: Date.now(),
    };
  }

  #birthSent(): void {
    this.offeredToken = this.enrolmentToken;
    crashPoint('up:birth-sent');
    this.tellTable();
    // From the first birth of the machine on: an agent that keeps starting again does not buy time with it.
    if (!this.isReady) {
      this.#readyLimit ??= setTimeout(() => this.machineIsBad(), this.context.settings.readyLimitMs);
    }
  }
}
