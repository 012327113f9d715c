/**
 * Publishing: the newest head goes to the witnesses, and is served once a quorum of the policy has signed it.
 *
 * Step 4 of the log's durable steps. A crash before it leaves the former checkpoint in place, which stays true; the next round
 * publishes the newest. Nothing is served that a quorum has not seen, so a reader is never ahead of the witnesses.
 */

import { fromUtf8, LetheError, utf8 } from '@lethe/core';
import {
  formatNote,
  formatVkey,
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

export interface WitnessesOptions {
  log: Log;
  ask: AskWitness;
  /** Addresses of witnesses by name, for those whose address the policy does not name. */
  addresses?: ReadonlyMap<string, string>;
}

/** What a round came to. */
export interface Cosigned {
  head: Head;
  /** The head's note with all cosignatures that came. */
  note: Uint8Array<ArrayBuffer>;
  /** Names of witnesses that were asked and did not sign. */
  missing: string[];
  /** Names of witnesses that say the log is not what they have seen: its files are older than it believes, or somebody lies. */
  disagree: string[];
}

interface Asked {
  verifier: NoteVerifier;
  name: string;
  url: string | undefined;
}

/** Asks witnesses for their cosignatures. One round at a time; their last sizes are learned from their answers. */
export class Witnesses {
  readonly #options: WitnessesOptions;
  readonly #lastSize = new Map<string, number>();

  constructor(options: WitnessesOptions) {
    this.#options = options;
  }

  /** Asks every witness of the policies for the newest head. */
  async round(policies: readonly ReadyPolicy[]): Promise<Cosigned> {
    const { log, addresses } = this.#options;
    const head = log.head;
    const hashes = log.hashes(head.size);
    const asked = new Map<string, Asked>();
    for (const { policy, witnesses } of policies) {
      for (const [verifier, name] of witnesses) {
        const url = addresses?.get(name) ?? policy.witnesses.find((witness) => witness.name === name)?.url;
        asked.set(formatVkey(verifier.key), { verifier, name, url });
      }
    }
    const missing: string[] = [];
    const disagree: string[] = [];
    const lines = await Promise.all(
      [...asked.values()].map(async (witness) => {
        try {
          return await this.#cosignature(witness, head, hashes);
        } catch (error) {
          const split = error instanceof LetheError && ['log_split', 'inconsistent'].includes(error.code);
          (split ? disagree : missing).push(witness.name);
          return undefined;
        }
      }),
    );
    const { text, signatures } = parseNote(head.note);
    const all = [...signatures, ...lines.filter((line) => line !== undefined)];
    return { head, note: utf8(formatNote({ text, signatures: all })), missing, disagree };
  }

  /** A witness's line for this head, verified. A witness that has seen another size gets the proof from there. */
  async #cosignature({ verifier, url }: Asked, head: Head, hashes: TileHashes): Promise<NoteSignature> {
    if (url === undefined) throw new LetheError('unreachable', 'The witness has no address.');
    const name = formatVkey(verifier.key);
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
}

/** True if a note satisfies a policy. Throws what is wrong with the note, but for a missing quorum. */
export async function satisfies(note: Uint8Array, policy: ReadyPolicy): Promise<boolean> {
  try {
    await verifyCheckpoint(note, policy);
    return true;
  } catch (error) {
    if (error instanceof LetheError && error.code === 'no_quorum') return false;
    throw error;
  }
}

/** Removes partial forms of tiles that are full in what is published; `before` is the size at the last call. */
export async function dropPartials(store: LogStore, size: number, before: number): Promise<void> {
  for (let level = 0; Math.floor(size / TILE_WIDTH ** (level + 1)) > 0; level += 1) {
    const full = Math.floor(size / TILE_WIDTH ** (level + 1));
    const first = Math.floor(before / TILE_WIDTH ** (level + 1));
    for (let index = Math.max(first, full - 64); index < full; index += 1) {
      await store.dropPartial({ level, index, width: TILE_WIDTH });
      if (level === 0) await store.dropPartial({ level: 'entries', index, width: TILE_WIDTH });
    }
  }
}

/** The checkpoint that is served, verified; undefined before the first publication, and while the policy's witnesses have not signed. */
export async function readPublished(
  store: LogStore,
  policy: ReadyPolicy,
): Promise<(WitnessedCheckpoint & { note: Uint8Array<ArrayBuffer> }) | undefined> {
  const bytes = await store.published();
  if (!bytes || !(await satisfies(bytes, policy))) return undefined;
  return { ...(await verifyCheckpoint(bytes, policy)), note: utf8(fromUtf8(bytes)) };
}
