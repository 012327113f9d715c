/**
 * The watch: what on this server is not as its release says, at any time between its birth and its end (CL-10, CL-12).
 *
 * It looks in the agent's own turn, between messages, so that it never sees a change of the agent's half done. It says what it sees in
 * words of a closed list, all of them again whenever one comes or goes: what customers do is in none of them.
 *
 * Threat: a process or setting that somebody brought in by a flaw. Who took over the kernel, or the agent, can make this say anything;
 * the host sees from outside whether the agent still speaks.
 */

import { type InsideKind, inOrder } from '@lethe/core/drift';
import { lookClosely, lookQuickly, mountsNow } from './look.ts';
import { KernelMonitor } from './monitor.ts';

/** Between two looks at the kernel's files: half of it is how late a difference is seen at the median. */
const LOOK_MS = 1000;
/** Between two looks with tools when the kernel says nothing. */
const CLOSE_LOOK_MS = 30_000;
/** The same for a while after something else changed, and how long that is. */
const FOLLOWING_LOOK_MS = 1500;
const FOLLOWS_MS = 6000;
/** From the kernel's first word to the look: changes come several at a time. */
const SETTLE_MS = 50;

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

/** Null if they cannot be read, which is no reason to say nothing. */
function mountsOrNull(): string | null {
  try {
    return mountsNow();
  } catch {
    return null;
  }
}

export class Watch {
  readonly #options: WatchOptions;
  readonly #monitor = new KernelMonitor(() => this.#planCloseLook());
  #born = false;
  #waiting = false;
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
    setInterval(() => this.#plan(), LOOK_MS);
    setInterval(() => {
      this.#closelyDue = true;
    }, CLOSE_LOOK_MS);
  }

  /** Processes of the watch itself. */
  get pids(): ReadonlySet<number> {
    return this.#monitor.pids;
  }

  /** The server is as it should be from here on. Called in the agent's turn. */
  begin(): void {
    this.#born = true;
    this.#closelyDue = true;
    this.#monitor.start();
    this.#mounts ??= mountsOrNull() ?? undefined;
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

  #planCloseLook(): void {
    if (this.#settling) return;
    this.#settling = setTimeout(() => {
      this.#settling = undefined;
      this.#closelyDue = true;
      this.#plan();
    }, SETTLE_MS);
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
    const { ownKernel, devicesMayTalk } = this.#options;
    const quick = lookQuickly(ownKernel, this.#monitor.pids);
    const mounts = mountsOrNull();
    if (mounts === null || this.#mounts === undefined) quick.add('watch_blind');
    else if (mounts !== this.#mounts) quick.add('mount_changed');
    const changed = inOrder(quick).join() !== inOrder(this.#quick).join();
    this.#quick = quick;
    // Who listens, and where, takes a tool to see. When something else comes or goes, more of it may follow at once.
    const now = performance.now();
    if (changed) this.#changedAt = now;
    const mayFollow = now - this.#changedAt < FOLLOWS_MS && now - this.#lookedCloselyAt > FOLLOWING_LOOK_MS;
    if (changed || mayFollow) this.#closelyDue = true;
    // What is seen is said before the tools run: they take their time. Not the first time: half a look is no all-clear.
    if (this.#lookedCloselyAt > 0) this.#say();
    if (!this.#closelyDue) return;
    this.#closelyDue = false;
    const close = await lookClosely(devicesMayTalk(), this.#monitor.pids);
    if (!this.#monitor.hears) close.add('watch_blind');
    this.#close = close;
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
