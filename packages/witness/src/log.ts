/**
 * One log as a witness sees it. The invariant: a signature leaves only after the checkpoint it covers is remembered for ever, and every
 * checkpoint continues the remembered one. Updates of a log take turns, so that checking and remembering are one step.
 */

import type { Clock } from '@lethe/core';
import { equalBytes, LetheError } from '@lethe/core';
import {
  cosign,
  EMPTY_ROOT,
  MAX_NOTE,
  type NoteSignature,
  type NoteVerifier,
  verifiedSignatures,
  verifyConsistency,
} from '@lethe/tlog';
import { type Answer, conflict, note, REFUSED, signed } from './answer.ts';
import type { WitnessKey } from './key.ts';
import type { ParsedRequest } from './request.ts';
import { type Checkpoints, type Cosigned, logId, toCosigned } from './state.ts';

/** Why a witness cannot sign although the log did nothing wrong. Its operator is told this word and no more. */
export type Trouble = 'storage' | 'clock';

/** What all logs of a witness share. */
export interface WitnessContext {
  key: WitnessKey;
  checkpoints: Checkpoints;
  clock: Clock;
  onTrouble(trouble: Trouble): void;
}

export class WitnessedLog {
  readonly id: string;
  readonly #keys: readonly NoteVerifier[];
  readonly #context: WitnessContext;
  /** Ends when the last update in the row ends; never rejects. */
  #turn: Promise<unknown> = Promise.resolve();
  /** What was cosigned last and outlives a power loss; null if nothing was; undefined if the disk has to be asked. */
  #last: Cosigned | null | undefined;
  #ended = false;

  /** `keys`: the log's own, whose names are `origin`. */
  constructor(origin: string, keys: readonly NoteVerifier[], context: WitnessContext) {
    this.id = logId(origin);
    this.#keys = keys;
    this.#context = context;
  }

  /** Decides about a checkpoint of this log, in the order of the specification, and remembers it before it answers 200. */
  async add(request: ParsedRequest): Promise<Answer> {
    const signatures = await this.#logSignatures(request);
    if (signatures.length === 0) return REFUSED.notSigned;
    if (request.old > request.checkpoint.size) return REFUSED.shrinks;
    return this.#inTurn(() => this.#update(request, signatures));
  }

  /** The note of the checkpoint that was cosigned last. */
  latest(): Promise<Answer> {
    return this.#inTurn(async () => {
      const last = await this.#current();
      return last ? note(last.note) : REFUSED.notFound;
    });
  }

  /** Begins nothing any more; resolves when what has begun is done. */
  async end(): Promise<void> {
    this.#ended = true;
    await this.#turn;
  }

  /** The signatures of the log's own keys; none if there are none or one of them is not valid. */
  async #logSignatures(request: ParsedRequest): Promise<NoteSignature[]> {
    try {
      return [...(await verifiedSignatures(request.note, this.#keys)).values()];
    } catch {
      return [];
    }
  }

  #inTurn(work: () => Promise<Answer>): Promise<Answer> {
    if (this.#ended) return Promise.resolve(REFUSED.ending);
    const answer = this.#turn.then(work).catch(() => {
      this.#context.onTrouble('storage');
      return REFUSED.storage;
    });
    this.#turn = answer;
    return answer;
  }

  async #current(): Promise<Cosigned | null> {
    if (this.#last === undefined) this.#last = (await this.#context.checkpoints.load(this.id)) ?? null;
    return this.#last;
  }

  async #update(
    { old, proof, note: { text }, checkpoint }: ParsedRequest,
    signatures: NoteSignature[],
  ): Promise<Answer> {
    const { key, checkpoints, clock, onTrouble } = this.#context;
    const last = await this.#current();
    if (old !== (last?.size ?? 0)) return conflict(last?.size ?? 0);
    if (!continues(last, { proof, checkpoint })) return REFUSED.inconsistent;
    const time = Math.floor(clock.now() / 1000);
    // A cosignature says that this was the largest tree at its time: with a clock that went back, two of them would contradict.
    if (last && time < last.time) {
      onTrouble('clock');
      return REFUSED.clock;
    }
    // Anyone can send a log's checkpoint again. The answer of this second is remembered already: no write, so no one can wear the disk.
    if (last?.text === text && last.time === time) return signed(last.line);

    const next = toCosigned(text, signatures, await cosign(text, key.key, key.seed, time));
    // It must be possible to read again what is written: otherwise the next start would find it damaged.
    if (next.note.length > MAX_NOTE) return REFUSED.tooLong;
    // If the disk fails in one of the next steps, it may hold the old or the new checkpoint: the next request has to ask it.
    this.#last = undefined;
    await checkpoints.save(this.id, next);
    // If we crash here, the checkpoint is remembered and nobody has the signature: the log asks again, is told the size (409), and gets
    // another signature of the same checkpoint.
    this.#last = next;
    return signed(next.line);
  }
}

/** True if the checkpoint keeps everything that was cosigned. `old` is the size of `last`. */
function continues(last: Cosigned | null, { proof, checkpoint }: Pick<ParsedRequest, 'proof' | 'checkpoint'>): boolean {
  const { size, root } = checkpoint;
  if (size === 0 && !equalBytes(root, EMPTY_ROOT)) return false;
  // From the empty tree there is nothing to prove (C2SP tlog-witness), and the verifier of proofs refuses that case.
  if (!last || last.size === 0) return proof.length === 0;
  try {
    verifyConsistency({ oldSize: last.size, newSize: size, oldRoot: last.root, newRoot: root, proof });
    return true;
  } catch (error) {
    if (error instanceof LetheError) return false;
    throw error;
  }
}
