/**
 * The watch: what on this server is not as its release says, at any time between its birth and its end (CL-10, CL-12).
 *
 * It looks in the agent's own turn, between messages, so that it never sees a change of the agent's half done. It says what it sees in
 * words of a closed list, all of them again whenever one comes or goes: what customers do is in none of them.
 *
 * Threat: a process or setting that somebody brought in by a flaw. Who took over the kernel, or the agent, can make this say anything;
 * the host sees from outside whether the agent still speaks.
 */

import { readFileSync } from 'node:fs';
import { type InsideKind, inOrder } from '@lethe/core/drift';
import { lookClosely, mountsOrNull, QuickLook } from './look.ts';
import { KernelMonitor } from './monitor.ts';

/** Between two looks at what the kernel does not tell of by itself: half of it is how late a difference is seen at the median. */
const LOOK_MS = 1500;
/** The share of a core that looks of a kind should take: on a slow machine (in software emulation) they are rarer, down to the second. */
const LOOK_SHARE = 0.005;
const RAREST_LOOK_MS = 5000;
/** How many looks tell what one costs: one that had more to do than others does not make the next ones rarer. */
const LOOKS_REMEMBERED = 9;
/** Between two looks that the kernel asks for, and what share they may take: a storm of changes must not take the machine. */
const HEARD_LOOK_MS = 400;
const HEARD_LOOK_SHARE = 0.05;
/** After this, monitors that do not hear yet are monitors that do not hear. */
const FIRST_HEARING_MS = 10_000;
/** Between two looks with tools when the kernel says nothing, on a machine of some speed and on any. */
const CLOSE_LOOK_MS = 60_000;
const RAREST_CLOSE_LOOK_MS = 300_000;
/** The same for a while after something else changed, and how long that is. */
const FOLLOWING_LOOK_MS = 1500;
const FOLLOWS_MS = 6000;
/** From the kernel's first word to the look: changes come several at a time. */
const SETTLE_MS = 50;

/** How long to wait after a look that cost so much processor time. */
const pauseAfter = (costMs: number, shortestMs: number, longestMs: number): number =>
  Math.min(longestMs, Math.max(shortestMs, costMs / LOOK_SHARE));

/** Processor time in milliseconds of the tools that the agent has waited for: fields 16 and 17 of /proc/PID/stat, in hundredths of a second. */
function toolsMs(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return 10 * (Number(fields[13]) + Number(fields[14]));
}

export interface WatchOptions {
  /** True if the kernel serves this server alone. */
  ownKernel: boolean;
  /** What the loaded packet filter should allow now. */
  devicesMayTalk(): boolean;
  /** Runs something in the agent's turn. */
  inTurn(action: () => Promise<void>): void;
  /** Called with everything that is seen, whenever that changes. */
  report(kinds: InsideKind[]): void;
}

export class Watch {
  readonly #options: WatchOptions;
  readonly #quickLook: QuickLook;
  readonly #monitor = new KernelMonitor(() => this.#soon(true));
  #born = false;
  #waiting = false;
  #lookCostsMs: number[] = [];
  #closeLookCostMs = 0;
  #begunAt = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #closelyDue = true;
  #lookedCloselyAt = 0;
  #changedAt = Number.NEGATIVE_INFINITY;
  #settling: NodeJS.Timeout | undefined;
  #quick: ReadonlySet<InsideKind> = new Set();
  #close: ReadonlySet<InsideKind> = new Set();
  #mounts: string | undefined;
  /** Null until something was said: the first word is also that the watch has begun. */
  #said: string | null = null;

  constructor(options: WatchOptions) {
    this.#options = options;
    const { ownKernel } = options;
    this.#quickLook = new QuickLook({ ownKernel, monitor: this.#monitor, heard: () => this.#soon(false) });
    this.#lookIn(LOOK_MS);
    this.#lookCloselyIn(CLOSE_LOOK_MS);
    setInterval(() => this.#quickLook.renew(), CLOSE_LOOK_MS);
  }

  /** Processes of the watch itself. */
  get pids(): ReadonlySet<number> {
    return this.#monitor.pids;
  }

  /** The server is as it should be from here on. Called in the agent's turn. */
  begin(): void {
    this.#born = true;
    this.#begunAt ||= performance.now();
    this.#monitor.start();
    this.#mounts ??= mountsOrNull() ?? undefined;
    this.#quickLook.renew();
    this.#soon(true);
  }

  /** The server is being born again, or changed: nothing is judged until `begin`. */
  pause(): void {
    this.#born = false;
  }

  /** Says everything again to a host that may not have heard it. */
  sayAgain(): void {
    if (this.#said === null) return;
    this.#said = null;
    this.#say();
  }

  #lookIn(ms: number): void {
    setTimeout(() => {
      this.#plan();
      this.#lookIn(pauseAfter(this.#lookCostMs, LOOK_MS, RAREST_LOOK_MS));
    }, ms);
  }

  #lookCloselyIn(ms: number): void {
    setTimeout(() => {
      this.#closelyDue = true;
      this.#lookCloselyIn(pauseAfter(this.#closeLookCostMs, CLOSE_LOOK_MS, RAREST_CLOSE_LOOK_MS));
    }, ms);
  }

  /** What a look costs as a rule, in milliseconds of processor time. */
  get #lookCostMs(): number {
    return this.#lookCostsMs.toSorted((a, b) => a - b)[this.#lookCostsMs.length >> 1] ?? 0;
  }

  /** Looks when what the kernel tells of has settled. */
  #soon(closely: boolean): void {
    this.#closelyDue ||= closely;
    if (this.#settling) return;
    const apartMs = Math.max(HEARD_LOOK_MS, (this.#lookCostsMs.at(-1) ?? 0) / HEARD_LOOK_SHARE);
    const pause = Math.max(SETTLE_MS, this.#lookedAt + apartMs - performance.now());
    this.#settling = setTimeout(() => {
      this.#settling = undefined;
      this.#plan();
    }, pause);
  }

  /** A look that waits for its turn is enough: looks do not pile up behind a long answer. */
  #plan(): void {
    if (!this.#born || this.#waiting) return;
    this.#waiting = true;
    this.#options.inTurn(async () => {
      this.#waiting = false;
      if (this.#born) await this.#look();
    });
  }

  async #look(): Promise<void> {
    // They say when they hear.
    const isFirst = this.#lookedCloselyAt === 0;
    if (isFirst && !this.#monitor.hears && performance.now() - this.#begunAt < FIRST_HEARING_MS) return;
    const { devicesMayTalk } = this.#options;
    const before = process.cpuUsage();
    const quick = this.#quickLook.look();
    const { mounts } = this.#quickLook;
    if (mounts === null || this.#mounts === undefined) quick.add('watch_blind');
    else if (mounts !== this.#mounts) quick.add('mount_changed');
    const changed = inOrder(quick).join() !== inOrder(this.#quick).join();
    this.#quick = quick;
    const { user, system } = process.cpuUsage(before);
    this.#lookCostsMs = [...this.#lookCostsMs, (user + system) / 1000].slice(-LOOKS_REMEMBERED);
    // Who listens, and where, takes a tool to see. When something else comes or goes, more of it may follow at once.
    const now = performance.now();
    this.#lookedAt = now;
    if (changed) this.#changedAt = now;
    const mayFollow = now - this.#changedAt < FOLLOWS_MS && now - this.#lookedCloselyAt > FOLLOWING_LOOK_MS;
    if (changed || mayFollow) this.#closelyDue = true;
    // What is seen is said before the tools run: they take their time. Not the first time: half a look is no all-clear.
    if (!isFirst) this.#say();
    if (!this.#closelyDue) return;
    this.#closelyDue = false;
    const toolsBefore = toolsMs();
    this.#close = await lookClosely(devicesMayTalk(), this.#monitor.pids);
    this.#closeLookCostMs = toolsMs() - toolsBefore;
    this.#lookedCloselyAt = performance.now();
    this.#say();
  }

  #say(): void {
    const kinds = inOrder([...this.#quick, ...this.#close]);
    const text = kinds.join(' ');
    if (text === this.#said) return;
    this.#said = text;
    this.#options.report(kinds);
  }
}
