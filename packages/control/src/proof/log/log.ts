/**
 * The sequencer: one writer that gives entries their numbers, in batches.
 *
 * Order of the durable steps of a batch, and what a restart makes of a crash after each:
 *
 *   1. stage    the batch is kept aside            nobody knows of it; the next batch takes its place
 *   2. advance  the signed head is compared and    the batch is in the log: recovery writes its tiles again
 *               swapped in the head store
 *   3. tiles    tiles and bundles are written      complete; nobody was told yet
 *   -  the entries' numbers are returned           from here on an entry can never be lost
 *
 * Publishing (step 4, publish.ts) follows on its own. Recovery is `load` below, the same code that opens the log.
 */

import { equalBytes, fromUtf8, LetheError, type Secret, utf8 } from '@lethe/core';
import {
  type Checkpoint,
  Edge,
  ed25519Verifier,
  encodeEntry,
  formatCheckpoint,
  formatNote,
  type NoteKey,
  parseCheckpoint,
  parseEntries,
  parseHashTile,
  parseNote,
  signText,
  TILE_WIDTH,
  TileHashes,
  tileWidth,
  verifiedSignatures,
} from '@lethe/tlog';
import { applyBatch, encodeBatch, parseBatch } from './batch.ts';
import type { HeadStore } from './heads.ts';
import type { LogStore } from './store.ts';

export interface LogOptions {
  store: LogStore;
  heads: HeadStore;
  /** The log's key; its name is the log's origin. */
  key: NoteKey;
  seed: Secret;
}

/** What the log has signed last. */
export interface Head extends Checkpoint {
  /** The note with the log's signature, without cosignatures. */
  note: Uint8Array<ArrayBuffer>;
}

/** Most entries of a batch. Bounds the time until the first of them is durable, and the memory of a batch. */
const MAX_BATCH = 4096;

interface State {
  head: Head;
  edge: Edge;
  /** Entries behind the last full bundle. */
  tail: Uint8Array[];
}

interface Waiting {
  entry: Uint8Array;
  resolve(index: number): void;
  reject(error: unknown): void;
}

export class Log {
  readonly #options: LogOptions;
  #state: State;
  #queue: Waiting[] = [];
  #running: Promise<void> | undefined;
  #broken: LetheError | undefined;

  private constructor(options: LogOptions, state: State) {
    this.#options = options;
    this.#state = state;
  }

  /** Opens a log, or begins one. Throws `log_split` if its files are older than what it has signed, `log_broken` if they are damaged. */
  static async open(options: LogOptions): Promise<Log> {
    return new Log(options, await load(options));
  }

  get head(): Head {
    return this.#state.head;
  }

  get key(): NoteKey {
    return this.#options.key;
  }

  /** Reads hashes of the tree at a size that it had after a batch. */
  hashes(size: number): TileHashes {
    return new TileHashes(size, async (tile) => {
      const bytes = await this.#options.store.readTile(tile);
      if (!bytes) throw new LetheError('log_broken', 'A tile of the log is missing.');
      return bytes;
    });
  }

  /**
   * Adds an entry of at most 65,535 bytes. Resolves to its number once it is durable. Throws `too_large`, `disk_full`, `log_broken`; unless
   * the message says otherwise, nothing was added.
   */
  append(entry: Uint8Array): Promise<number> {
    encodeEntry(entry);
    return new Promise((resolve, reject) => {
      this.#queue.push({ entry, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when no batch is under way. */
  async settled(): Promise<void> {
    while (this.#running) await this.#running;
  }

  async #run(): Promise<void> {
    // Entries that are handed over in one turn share a batch.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, MAX_BATCH);
      try {
        const first = await this.#commit(batch.map(({ entry }) => entry));
        batch.forEach(({ resolve }, i) => {
          resolve(first + i);
        });
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    // In the same turn as the last look at the queue: an entry that comes later starts a run of its own.
    this.#running = undefined;
  }

  async #commit(entries: readonly Uint8Array[]): Promise<number> {
    if (this.#broken) throw this.#broken;
    const { store, heads } = this.#options;
    const { head, edge: before, tail: tailBefore } = this.#state;
    const edge = before.clone();
    const tail = [...tailBefore];
    const files = applyBatch(edge, tail, entries);
    const next = await signHead(this.#options, edge);

    await store.stage(encodeBatch({ oldSize: head.size, entries }));
    try {
      await heads.advance(head.note, next.note);
      await store.writeTiles(files);
      this.#state = { head: next, edge, tail };
    } catch (error) {
      await this.#recover(next, error);
    }
    return head.size;
  }

  /** After a failure that may have happened all the same: reads the truth from disk. Throws unless the batch is in the log. */
  async #recover(wanted: Head, error: unknown): Promise<void> {
    try {
      this.#state = await load(this.#options);
    } catch (cause) {
      this.#broken = new LetheError(
        'log_broken',
        'The log could not be read back after a failed write, so it takes no more entries. What it acknowledged is safe. Mend the disk and start again.',
        { cause },
      );
      throw this.#broken;
    }
    if (!equalBytes(this.#state.head.note, wanted.note)) throw error;
  }
}

/** Reads the state of a log from its stores, and finishes the batch that a crash has cut off. */
async function load(options: LogOptions): Promise<State> {
  const { store, heads } = options;
  const note = await heads.read();
  if (note === undefined) return begin(options);
  const head = await readHead(options, note);
  const bytes = await store.staged();
  const staged = bytes && parseBatch(bytes);
  if (staged && staged.oldSize + staged.entries.length === head.size) {
    const before = await readState(options, staged.oldSize);
    const files = applyBatch(before.edge, before.tail, staged.entries);
    // The same batch again if step 2 was done; another one of the same length was never signed and is dropped.
    if (equalBytes(before.edge.root(), head.root)) await store.writeTiles(files);
  }
  const { edge, tail } = await readState(options, head.size);
  if (!equalBytes(edge.root(), head.root)) throw behind();
  return { head, edge, tail };
}

async function begin(options: LogOptions): Promise<State> {
  const { store, heads } = options;
  if ((await store.published()) || (await store.readTile({ level: 0, index: 0, width: TILE_WIDTH }))) {
    throw new LetheError(
      'log_split',
      'The log has entries, but the record of what it has signed is missing. Nothing was signed. Restore that record; without it the log cannot know whether its files are the newest.',
    );
  }
  const edge = new Edge();
  const head = await signHead(options, edge);
  await heads.advance(undefined, head.note);
  return { head, edge, tail: [] };
}

/** The right edge of the tree as it was at a size, from its tiles. */
async function readState({ store }: LogOptions, size: number): Promise<Omit<State, 'head'>> {
  const levels = [];
  for (let level = 0; Math.floor(size / TILE_WIDTH ** level) > 0; level += 1) {
    const index = Math.floor(size / TILE_WIDTH ** (level + 1));
    const width = tileWidth(level, index, size);
    const bytes = width === 0 ? new Uint8Array(0) : await store.readTile({ level, index, width });
    if (!bytes) throw behind();
    levels.push(parseHashTile(bytes, width));
  }
  const index = Math.floor(size / TILE_WIDTH);
  const width = size % TILE_WIDTH;
  const bundle = width === 0 ? new Uint8Array(0) : await store.readTile({ level: 'entries', index, width });
  if (!bundle) throw behind();
  return { edge: new Edge(size, levels), tail: parseEntries(bundle, width) };
}

async function signHead({ key, seed }: LogOptions, edge: Edge): Promise<Head> {
  const checkpoint = { origin: key.name, size: edge.size, root: edge.root(), extensions: [] };
  const text = formatCheckpoint(checkpoint);
  return { ...checkpoint, note: utf8(formatNote({ text, signatures: [await signText(text, key, seed)] })) };
}

async function readHead({ key }: LogOptions, bytes: Uint8Array): Promise<Head> {
  const note = parseNote(bytes);
  const checkpoint = parseCheckpoint(note.text);
  const verified = await verifiedSignatures(note, [await ed25519Verifier(key)]);
  if (verified.size === 0 || checkpoint.origin !== key.name) {
    throw new LetheError(
      'log_split',
      'The record of what the log has signed is of another key. Nothing was signed. Use the key this log began with.',
    );
  }
  return { ...checkpoint, note: utf8(fromUtf8(bytes)) };
}

const behind = (): LetheError =>
  new LetheError(
    'log_split',
    'The files of the log are older than what it has signed, as after restoring a backup. Nothing was signed. Bring back the newest files, or copy them from a mirror.',
  );
