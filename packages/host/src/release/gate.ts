/**
 * Nothing runs that was not approved and published. The gate holds the release this host has verified, and every machine asks it before
 * it is made.
 *
 * Order: verify, keep on disk, then count. A crash between any two leaves the old release in force, and the control plane sends the new
 * one again. A release that is refused changes nothing: the last one goes on until it expires.
 */

import {
  type Clock,
  fromBase64,
  LetheError,
  type LoggedRootText,
  type LoggedText,
  type ReleaseMessage,
  utf8,
} from '@lethe/core';
import { parsePolicy, readyPolicy } from '@lethe/tlog';
import {
  type Release,
  type ReleaseContent,
  type Seen,
  sameContent,
  type VerifiedRelease,
  verifyRelease,
  walkRoots,
} from '@lethe/verify';
import { ServerFailure } from '../server/failure.ts';
import { type Kept, readKept, writeKept } from './kept.ts';

export interface GateOptions {
  file: string;
  /** What the machines of this host run; null opens the gate for tests without a log. */
  content: ReleaseContent | null;
  region: string;
  clock: Clock;
  /** Told what this host has seen, to be passed on to the control plane. */
  onAccepted(seen: { size: number; release: number }): void;
}

export class ReleaseGate {
  readonly #options: GateOptions;
  #kept: Kept | undefined;
  #release: Release | undefined;
  /** When the trust root it was verified under expires, seconds since 1970. */
  #rootExpires = 0;
  /** Code of the last release that was refused, for whoever asks why nothing starts. */
  #refused: string | undefined;
  /** The newest message that was not looked at yet: older ones are of no use, so a flood costs one verification at a time. */
  #next: ReleaseMessage | undefined;
  #working: Promise<void> | undefined;

  private constructor(options: GateOptions) {
    this.#options = options;
  }

  /** Verifies what was kept, as if it had just come: also that the witnesses saw it not too long ago, so that a restart is no rollback. */
  static async open(options: GateOptions): Promise<ReleaseGate> {
    const gate = new ReleaseGate(options);
    if (!options.content) return gate;
    const kept = await readKept(options.file);
    if (!kept) return gate;
    gate.#kept = kept;
    try {
      const { policy, roots, release, seen } = kept;
      gate.#hold(await gate.#verify({ policy, roots, release }, seen));
    } catch (error) {
      gate.#refused = codeOf(error);
    }
    return gate;
  }

  /** What this host has seen of the log, or undefined if it does not follow one. */
  get seen(): { size: number; release: number } | undefined {
    if (!this.#options.content) return undefined;
    return { size: this.#kept?.seen.size ?? 0, release: this.#kept?.seen.version ?? 0 };
  }

  /** Takes a release that the control plane sent. Whatever is wrong with it is kept to ourselves: the old one stays in force. */
  receive(message: ReleaseMessage): void {
    if (!this.#options.content) return;
    this.#next = message;
    this.#working ??= this.#work();
  }

  /** True if the release in force has not expired and says exactly what a machine would run; null if none is in force that could say. */
  get isReleased(): boolean | null {
    if (!this.#options.content) return true;
    return this.#release ? this.#refusal() === undefined : null;
  }

  /** Throws `ServerFailure` (`not_released`) unless an approved release that has not expired says exactly what a machine would run. */
  async requireReleased(): Promise<void> {
    if (this.isReleased) return;
    // What came just now may be what is missing.
    await this.#working;
    const why = this.#refusal();
    if (why !== undefined)
      throw new ServerFailure('not_released', `No server was started, since no approved release covers it: ${why}.`);
  }

  /** Why nothing may start, or undefined. */
  #refusal(): string | undefined {
    const { content, clock } = this.#options;
    const release = this.#release;
    if (!release) return this.#refused ? `the last one was refused (${this.#refused})` : 'there is none yet';
    if (clock.now() / 1000 > Math.min(release.expires, this.#rootExpires)) return 'it has expired';
    return content && sameContent(content, release) ? undefined : 'it is for another image or configuration';
  }

  async #work(): Promise<void> {
    for (let message = this.#next; message; message = this.#next) {
      this.#next = undefined;
      try {
        await this.#accept(message);
        this.#refused = undefined;
      } catch (error) {
        this.#refused = codeOf(error);
      }
    }
    // In the same turn as the last look: a message that comes later starts work of its own.
    this.#working = undefined;
  }

  async #accept({ policy, roots, release, between, consistency }: ReleaseMessage): Promise<void> {
    const pinned = this.#kept?.policy ?? policy;
    const seen = this.#kept?.seen;
    const verified = await this.#verify({ policy: pinned, roots, release }, seen, {
      between: between.map(utf8),
      consistency: consistency.map(fromBase64),
    });
    const kept = { policy: pinned, roots, release, seen: verified.seen };
    await writeKept(this.#options.file, kept);
    this.#kept = kept;
    this.#hold(verified);
    this.#options.onAccepted({ size: verified.seen.size, release: verified.seen.version });
  }

  #hold({ release, rootExpires }: Accepted): void {
    this.#release = release;
    this.#rootExpires = rootExpires;
  }

  async #verify(
    { policy, roots, release }: { policy: string; roots: readonly LoggedRootText[]; release: LoggedText },
    seen: Seen | undefined,
    more: { between?: Uint8Array[]; consistency?: Uint8Array[] } = {},
  ): Promise<Accepted> {
    const bytes = ({ envelope, proof }: LoggedText) => ({ envelope: utf8(envelope), proof: utf8(proof) });
    const chain = roots.map((root) => ({ ...bytes(root), firstProof: utf8(root.firstProof) }));
    const current = await walkRoots(chain, await readyPolicy(parsePolicy(utf8(policy))));
    const verified = await verifyRelease({
      ...bytes(release),
      ...more,
      root: current.root,
      policies: [current.policy],
      now: Math.floor(this.#options.clock.now() / 1000),
      seen,
      region: this.#options.region,
    });
    return { ...verified, rootExpires: current.root.expires };
  }
}

type Accepted = VerifiedRelease & { rootExpires: number };

const codeOf = (error: unknown): string => (error instanceof LetheError ? error.code : 'internal');
