/**
 * Publishing: the newest head goes to the witnesses, and is served once a quorum of the policy has signed it.
 *
 * Step 4 of the log's durable steps. A crash before it leaves the former checkpoint in place, which stays true; the next round
 * publishes the newest. Nothing is served that a quorum has not seen, so a reader is never ahead of the witnesses.
 */

import { fromUtf8, LetheError, utf8 } from '@lethe/core';
import {
  formatNote,
  hasQuorum,
  type NoteSignature,
  type NoteVerifier,
  parseNote,
  proveConsistency,
  type ReadyPolicy,
  TILE_WIDTH,
  type TileHashes,
  verifyCheckpoint,
  type WitnessedCheckpoint,
} from '@lethe/tlog';
import type { Head, Log } from './log.ts';
import type { LogStore } from './store.ts';

/** What a witness answers: its signature line, or the size it has seen last. Throws `unreachable` or `timeout`. */
export type AskWitness = (
  url: string,
  request: { old: number; proof: readonly Uint8Array[]; checkpoint: Uint8Array },
) => Promise<{ line: NoteSignature } | { conflict: number }>;

export interface PublishOptions {
  log: Log;
  store: LogStore;
  policy: ReadyPolicy;
  ask: AskWitness;
  /** Addresses of witnesses by name, for those whose address the policy does not name. */
  addresses?: ReadonlyMap<string, string>;
}

/** What a round came to. `missing` are names of witnesses of the policy that did not sign. */
export interface Published {
  checkpoint: WitnessedCheckpoint | undefined;
  missing: string[];
}

/** Collects cosignatures and publishes. One round at a time; witnesses' last sizes are learned from their answers. */
export class Publisher {
  readonly #options: PublishOptions;
  readonly #lastSize = new Map<string, number>();
  #dropped = 0;

  constructor(options: PublishOptions) {
    this.#options = options;
  }

  /** One round. Without a quorum nothing changes, and `checkpoint` is undefined. Throws `disk_full` or `log_broken`. */
  async round(): Promise<Published> {
    const { log, store, policy } = this.#options;
    const head = log.head;
    const hashes = log.hashes(head.size);
    const witnesses = [...policy.witnesses].map(([verifier, name]) => ({ verifier, name }));
    const answers = await Promise.all(
      witnesses.map((witness) => this.#cosignature(witness, head, hashes).catch(() => undefined)),
    );
    const lines = answers.filter((line) => line !== undefined);
    const missing = witnesses.filter((_, i) => !answers[i]).map(({ name }) => name);
    const signed = new Set(witnesses.filter((_, i) => answers[i]).map(({ name }) => name));
    if (!hasQuorum(policy.policy, signed)) return { checkpoint: undefined, missing };
    const { text, signatures } = parseNote(head.note);
    const note = utf8(formatNote({ text, signatures: [...signatures, ...lines] }));
    const checkpoint = await verifyCheckpoint(note, policy);
    await store.publish(note);
    await this.#dropPartials(head.size);
    return { checkpoint, missing };
  }

  /** A witness's line for this head, verified. A witness that has seen another size gets the proof from there. */
  async #cosignature(
    { verifier, name }: { verifier: NoteVerifier; name: string },
    head: Head,
    hashes: TileHashes,
  ): Promise<NoteSignature> {
    const { policy, addresses } = this.#options;
    const url = addresses?.get(name) ?? policy.policy.witnesses.find((witness) => witness.name === name)?.url;
    if (url === undefined) throw new LetheError('unreachable', 'The witness has no address.');
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const old = this.#lastSize.get(name) ?? 0;
      const proof = await proveConsistency(hashes, old);
      const answer = await this.#options.ask(url, { old, proof, checkpoint: head.note });
      if ('conflict' in answer) {
        // A witness that has seen more than we ever signed has seen a split.
        if (answer.conflict > head.size) throw new LetheError('log_split', 'A witness has seen a larger log.');
        this.#lastSize.set(name, answer.conflict);
        continue;
      }
      const { line } = answer;
      const { key } = verifier;
      const text = parseNote(head.note).text;
      if (line.name !== key.name || line.id !== key.id || !(await verifier.verify(text, line.signature)))
        throw new LetheError('note_bad_signature', 'The witness answered with a signature that is not its own.');
      this.#lastSize.set(name, head.size);
      return line;
    }
    throw new LetheError('unreachable', 'The witness keeps naming another size.');
  }

  /** Partial forms of tiles that are full in what is published are no longer needed. */
  async #dropPartials(size: number): Promise<void> {
    for (let level = 0; Math.floor(size / TILE_WIDTH ** (level + 1)) > 0; level += 1) {
      const full = Math.floor(size / TILE_WIDTH ** (level + 1));
      const before = Math.floor(this.#dropped / TILE_WIDTH ** (level + 1));
      for (let index = Math.max(before, full - 64); index < full; index += 1) {
        await this.#options.store.dropPartial({ level, index, width: TILE_WIDTH });
        if (level === 0) await this.#options.store.dropPartial({ level: 'entries', index, width: TILE_WIDTH });
      }
    }
    this.#dropped = size;
  }
}

/** The checkpoint that is served, verified, or undefined before the first publication. */
export async function readPublished(
  store: LogStore,
  policy: ReadyPolicy,
): Promise<(WitnessedCheckpoint & { note: Uint8Array<ArrayBuffer> }) | undefined> {
  const bytes = await store.published();
  return bytes && { ...(await verifyCheckpoint(bytes, policy)), note: utf8(fromUtf8(bytes)) };
}
