/**
 * Nothing runs that was not approved and published. The gate holds the release this host has verified, and every machine asks it before
 * it is made.
 *
 * Order: verify, keep on disk, then count. A crash between any two leaves the old release in force, and the control plane sends the new
 * one again. A release that is refused changes nothing: the last one goes on until it expires.
 */

import { type Clock, fromBase64, LetheError, type LoggedText, type ReleaseMessage, utf8 } from '@lethe/core';
import { parsePolicy, readyPolicy } from '@lethe/tlog';
import {
  type Release,
  type ReleaseContent,
  type Seen,
  sameContent,
  throughReleases,
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
  /** Code of the last release that was refused, for whoever asks why nothing starts. */
  #refused: string | undefined;
  #turn: Promise<void> = Promise.resolve();

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
      gate.#release = (await gate.#verify({ policy, roots, release }, seen, [])).release;
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
    this.#turn = this.#turn.then(async () => {
      try {
        await this.#accept(message);
        this.#refused = undefined;
      } catch (error) {
        this.#refused = codeOf(error);
      }
    });
  }

  /** Throws `ServerFailure` (`not_released`) unless an approved release that has not expired says exactly what a machine would run. */
  async requireReleased(): Promise<void> {
    await this.#turn;
    const { content, clock } = this.#options;
    if (!content) return;
    if (!this.#release)
      throw refuse(this.#refused ? `the last one was refused (${this.#refused})` : 'there is none yet');
    if (clock.now() / 1000 > this.#release.expires) throw refuse('it has expired');
    if (!sameContent(content, this.#release)) throw refuse('it is for another image or configuration');
  }

  async #accept({ policy, roots, release, between, consistency }: ReleaseMessage): Promise<void> {
    const pinned = this.#kept?.policy ?? policy;
    const seen = this.#kept && throughReleases(this.#kept.seen, between.map(utf8));
    const verified = await this.#verify({ policy: pinned, roots, release }, seen, consistency.map(fromBase64));
    const kept = { policy: pinned, roots, release, seen: verified.seen };
    await writeKept(this.#options.file, kept);
    this.#kept = kept;
    this.#release = verified.release;
    this.#options.onAccepted({ size: verified.seen.size, release: verified.seen.version });
  }

  async #verify(
    { policy, roots, release }: { policy: string; roots: readonly LoggedText[]; release: LoggedText },
    seen: Seen | undefined,
    consistency: readonly Uint8Array[],
  ): Promise<VerifiedRelease> {
    const bytes = ({ envelope, proof }: LoggedText) => ({ envelope: utf8(envelope), proof: utf8(proof) });
    const current = await walkRoots(roots.map(bytes), await readyPolicy(parsePolicy(utf8(policy))));
    return verifyRelease({
      ...bytes(release),
      root: current.root,
      policies: [current.policy],
      now: Math.floor(this.#options.clock.now() / 1000),
      seen,
      consistency,
      server: { id: '', region: this.#options.region },
    });
  }
}

const codeOf = (error: unknown): string => (error instanceof LetheError ? error.code : 'internal');

const refuse = (why: string): ServerFailure =>
  new ServerFailure('not_released', `No server was started, since no approved release covers it: ${why}.`);
