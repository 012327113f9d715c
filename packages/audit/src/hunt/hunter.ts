/** The search: all patterns in one pass over a stream of bytes, in bounded memory. The inner loop is `wasm/hunt.as`. */

import { readFileSync } from 'node:fs';
import { LetheError } from '@lethe/core';
import type { Pattern } from '../markers/marker.ts';
import { BUCKETS, ENTRY_WORDS, layOut, maskOf, TABLES_BYTES } from './tables.ts';

/** Bytes taken in at once; the module's memory is this, the patterns and the hits. */
const CHUNK_BYTES = 1 << 20;
const HITS = 1 << 14;
const PAGE = 65_536;
/** The module reads a little further than it is told to. */
const SLACK = 128;

interface Module {
  memory: WebAssembly.Memory;
  stopped: WebAssembly.Global;
  hunt(...addresses: number[]): number;
}

/** `pattern` is the place in the list given to the hunter, `offset` that of the pattern's first byte in the source. */
export interface Hit {
  pattern: number;
  offset: number;
}

/** Fills a buffer from a source at an offset; returns how many bytes it wrote, 0 at the end. */
export type Read = (into: Uint8Array, offset: number) => number;

const compiled = new WebAssembly.Module(readFileSync(new URL('../../wasm/hunt.wasm', import.meta.url)));

export class Hunter {
  readonly patterns: readonly Pattern[];
  readonly #module: Module;
  readonly #memory: Uint8Array;
  readonly #at: { tables: number; buckets: number; entries: number; hits: number; data: number };
  readonly #longest: number;

  /** Throws `bad_request` for no pattern at all, or one shorter than four bytes. */
  constructor(patterns: readonly Pattern[]) {
    if (patterns.length === 0) throw new LetheError('bad_request', 'There is no pattern. Nothing was searched.');
    this.patterns = patterns;
    this.#longest = Math.max(...patterns.map(({ bytes }) => bytes.length));
    const instance = new WebAssembly.Instance(compiled, { env: {} });
    this.#module = instance.exports as unknown as Module;
    const texts = patterns.reduce((sum, { bytes }) => sum + 2 * bytes.length, 0);
    const tables = PAGE;
    const buckets = tables + TABLES_BYTES;
    const entries = buckets + 8 * BUCKETS;
    const bytes = entries + 4 * ENTRY_WORDS * patterns.length;
    const hits = align(bytes + texts);
    const data = align(hits + 8 * HITS);
    this.#at = { tables, buckets, entries, hits, data };
    const wanted = data + this.#longest + CHUNK_BYTES + SLACK;
    const missing = Math.ceil(wanted / PAGE) - this.#module.memory.buffer.byteLength / PAGE;
    if (missing > 0) this.#module.memory.grow(missing);
    this.#memory = new Uint8Array(this.#module.memory.buffer);
    this.#write(bytes);
  }

  #write(text: number): void {
    const { tables, buckets } = layOut(this.patterns);
    const { buffer } = this.#memory;
    this.#memory.set(tables, this.#at.tables);
    const heads = new Uint32Array(buffer, this.#at.buckets, 2 * BUCKETS);
    const entries = new Uint32Array(buffer, this.#at.entries, ENTRY_WORDS * this.patterns.length);
    let count = 0;
    let next = text;
    for (const [bucket, members] of buckets.entries()) {
      heads.set([count, members.length], 2 * bucket);
      for (const { id, window } of members) {
        const pattern = this.patterns[id]!;
        const masks = pattern.bytes.map((_, index) => maskOf(pattern, index));
        const masked = pattern.bytes.map((byte, index) => byte & masks[index]!);
        const { length } = masked;
        this.#memory.set(masked, next);
        this.#memory.set(masks, next + length);
        entries.set(
          [word(window.bytes), word(window.masks), window.offset, length, next, next + length, id],
          count * ENTRY_WORDS,
        );
        next += 2 * length;
        count += 1;
      }
    }
  }

  /** Searches one source from `start`, as far as `read` gives bytes. Hits across borders of what is read are found, each once. */
  search(read: Read, start = 0): Hit[] {
    const found: Hit[] = [];
    const { data } = this.#at;
    let carried = 0;
    for (let offset = start; ; ) {
      const fresh = data + carried;
      const count = read(this.#memory.subarray(fresh, fresh + CHUNK_BYTES), offset);
      if (count === 0) break;
      const end = fresh + count;
      this.#memory.fill(0, end, end + SLACK);
      for (const hit of this.#hunt(data, end)) {
        const length = this.patterns[hit.pattern]!.bytes.length;
        // what lies in the carried bytes as a whole has been counted before
        if (hit.offset + length > carried) found.push({ pattern: hit.pattern, offset: offset - carried + hit.offset });
      }
      offset += count;
      const keep = Math.min(this.#longest - 1, end - data);
      this.#memory.copyWithin(data, end - keep, end);
      carried = keep;
    }
    this.#memory.fill(0, data); // the hunter must not become a place where markers lie
    return found;
  }

  #hunt(begin: number, end: number): Hit[] {
    const { tables, buckets, entries, hits } = this.#at;
    const found = new Map<string, Hit>();
    for (let from = begin; from < end; ) {
      const count = this.#module.hunt(begin, from, end, tables, buckets, entries, hits, HITS);
      const words = new Uint32Array(this.#memory.buffer, hits, 2 * count);
      for (let index = 0; index < count; index += 1) {
        const hit = { pattern: words[2 * index]!, offset: words[2 * index + 1]! };
        found.set(`${hit.pattern}:${hit.offset}`, hit);
      }
      // full: goes on at the same place, and what was found there is found again
      from = (this.#module.stopped.value as number) >>> 0;
    }
    return [...found.values()];
  }
}

const align = (address: number): number => (address + 63) & ~63;

const word = (bytes: readonly number[]): number => Buffer.from(bytes).readUInt32LE();

/** Reads from a buffer. */
export const fromBuffer =
  (bytes: Uint8Array): Read =>
  (into, offset) => {
    const part = bytes.subarray(offset, offset + into.length);
    into.set(part);
    return part.length;
  };
