/**
 * Lays patterns out for the search module: a window of four bytes for each pattern, eight buckets of windows, and tables that say
 * which bucket allows which half byte at which place.
 */

import { LetheError } from '@lethe/core';
import { isLetter, type Pattern } from '../markers/marker.ts';
import { groupWindows, type Halves } from './grouping.ts';

export const TABLES_BYTES = 128;
export const BUCKETS = 8;
export const ENTRY_WORDS = 7;

interface Window {
  bytes: readonly number[];
  masks: readonly number[];
  offset: number;
}

export interface Layout {
  tables: Uint8Array;
  /** For each bucket: its patterns' numbers with their windows. */
  buckets: { id: number; window: Window }[][];
}

/** Bytes that memory is full of make bad windows; the weights are rough, only the order counts. */
const commonness = (byte: number): number => {
  if (byte === 0) return 40;
  if (byte === 0xff || byte === 0x20) return 12;
  if ('etaoinsr'.includes(String.fromCharCode(byte | 0x20))) return 8;
  return isLetter(byte) || byte < 0x10 ? 5 : 2;
};

/** The mask under which a byte is compared: letters in any case leave out the bit that tells the cases apart. */
export const maskOf = (pattern: Pattern, index: number): number =>
  pattern.anyCase && isLetter(pattern.bytes[index]!) ? 0xdf : 0xff;

/** Throws `bad_request` for a pattern without a window: shorter than four bytes, or with a zero where every window would begin. */
export function layOut(patterns: readonly Pattern[]): Layout {
  const shared = new Map<string, Shared>();
  for (const [id, pattern] of patterns.entries()) {
    const window = bestWindow(pattern, shared);
    const key = keyOf(window);
    const entry = shared.get(key) ?? { halves: halvesOf(window), members: [] };
    entry.members.push({ id, window });
    shared.set(key, entry);
  }
  const groups = groupWindows([...shared.values()], BUCKETS);
  const tables = new Uint8Array(TABLES_BYTES);
  for (const [bucket, group] of groups.entries()) for (const { halves } of group) allow(tables, bucket, halves);
  return { tables, buckets: groups.map((group) => group.flatMap(({ members }) => members)) };
}

/** Patterns with the same window. */
interface Shared {
  halves: Halves;
  members: Layout['buckets'][number];
}

function bestWindow(pattern: Pattern, taken: ReadonlyMap<string, unknown>): Window {
  let best: Window | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (let offset = 0; offset + 4 <= pattern.bytes.length; offset += 1) {
    // Stretches of zeros are skipped: a window must not begin with one.
    if (pattern.bytes[offset] === 0) continue;
    const masks = [0, 1, 2, 3].map((place) => maskOf(pattern, offset + place));
    const bytes = masks.map((mask, place) => pattern.bytes[offset + place]! & mask);
    const window = { bytes, masks, offset };
    const common = bytes.reduce((sum, byte) => sum + commonness(byte), 0);
    // One window for many patterns costs no more than for one.
    const cost = taken.has(keyOf(window)) ? common / 4 : common;
    if (cost < least) [best, least] = [window, cost];
  }
  if (!best) throw new LetheError('bad_request', 'A pattern is too short to be searched for. Nothing was searched.');
  return best;
}

const keyOf = ({ bytes, masks }: Window): string => `${bytes.join()}/${masks.join()}`;

/** The half bytes that match the window; where a letter may be in any case, those of both forms. */
function halvesOf({ bytes, masks }: Window): Halves {
  const forms = bytes.map((byte, place) => (masks[place] === 0xdf ? [byte, byte | 0x20] : [byte]));
  const bits = (half: (byte: number) => number): number[] =>
    forms.map((some) => some.reduce((all, byte) => all | (1 << half(byte)), 0));
  return { low: bits((byte) => byte & 15), high: bits((byte) => byte >> 4) };
}

function allow(tables: Uint8Array, bucket: number, { low, high }: Halves): void {
  for (let place = 0; place < 4; place += 1) {
    for (let half = 0; half < 16; half += 1) {
      if ((low[place]! >> half) & 1) tables[32 * place + half]! |= 1 << bucket;
      if ((high[place]! >> half) & 1) tables[32 * place + 16 + half]! |= 1 << bucket;
    }
  }
}
