/**
 * What a witness keeps of each log: the note of the checkpoint it cosigned last, in a file of its own. The witness's signature in it
 * covers size, root and time, so that a file that was changed is noticed; what was served and what is remembered are the same bytes.
 */

import { createHash } from 'node:crypto';
import { LetheError, utf8 } from '@lethe/core';
import {
  type Checkpoint,
  cosignatureTime,
  formatNote,
  type NoteSignature,
  type NoteVerifier,
  parseCheckpoint,
  parseNote,
  verifiedSignatures,
} from '@lethe/tlog';
import { replaceFile, type Storage } from './storage.ts';

/** Names of the files with checkpoints: `<id>.checkpoint`. */
export const CHECKPOINT_FILE = /^([0-9a-f]{64})\.checkpoint$/;

/** SHA-256 of an origin in hexadecimal: how a log is named in files and addresses. */
export const logId = (origin: string): string => createHash('sha256').update(origin, 'utf8').digest('hex');

/** The checkpoint of a log that was cosigned last. */
export interface Cosigned extends Checkpoint {
  /** The checkpoint's text. */
  text: string;
  /** When, in seconds since 1970. */
  time: number;
  /** The witness's own signature. */
  line: NoteSignature;
  /** The note with the log's signatures and the witness's own. */
  note: Uint8Array<ArrayBuffer>;
}

/** Text and signatures as a `Cosigned`. `line` is a cosignature. Throws `bad_checkpoint`. */
export function toCosigned(text: string, signatures: readonly NoteSignature[], line: NoteSignature): Cosigned {
  const note = utf8(formatNote({ text, signatures: [...signatures, line] }));
  return { ...parseCheckpoint(text), text, time: cosignatureTime(line.signature)!, line, note };
}

/** Keeps and reads checkpoints. `own` verifies the witness's signatures. */
export class Checkpoints {
  readonly #storage: Storage;
  readonly #own: NoteVerifier;

  constructor(storage: Storage, own: NoteVerifier) {
    this.#storage = storage;
    this.#own = own;
  }

  /** Reads every checkpoint in the directory, also of logs that are not asked for any more. Throws `log_broken` at the first bad one. */
  async checkAll(): Promise<void> {
    for (const file of await this.#storage.list()) {
      const id = CHECKPOINT_FILE.exec(file)?.[1];
      if (id !== undefined) await this.#read(id);
    }
  }

  /**
   * The last checkpoint of a log, or undefined if it has none. What it returns outlives a power loss. Throws `log_broken`, and what the
   * disk says.
   */
  async load(id: string): Promise<Cosigned | undefined> {
    const found = await this.#read(id);
    // A process that was killed between putting the file in place and syncing the directory left a checkpoint that is not safe yet.
    await this.#storage.syncDirectory();
    return found;
  }

  /** Remembers a checkpoint; see `replaceFile` for what holds if it throws. */
  async save(id: string, { note }: Cosigned): Promise<void> {
    await replaceFile(this.#storage, `${id}.checkpoint`, note);
  }

  async #read(id: string): Promise<Cosigned | undefined> {
    const bytes = await this.#storage.read(`${id}.checkpoint`);
    if (!bytes) return undefined;
    try {
      const note = parseNote(bytes);
      const line = (await verifiedSignatures(note, [this.#own])).get(this.#own);
      if (line && logId(parseCheckpoint(note.text).origin) === id)
        return toCosigned(
          note.text,
          note.signatures.filter((one) => one !== line),
          line,
        );
    } catch (cause) {
      throw damaged(id, cause);
    }
    throw damaged(id);
  }
}

/** A witness that went on without its memory would cosign a second history. */
const damaged = (id: string, cause?: unknown): LetheError =>
  new LetheError(
    'log_broken',
    `The file ${id}.checkpoint is damaged, or was made with another key. Nothing was changed and nothing is signed. If no exact copy of its latest state exists, this witness must end: begin a new one, with a new key, in an empty directory.`,
    { cause },
  );
