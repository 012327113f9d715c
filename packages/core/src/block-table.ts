/**
 * A block table: which domain names belong to which category, as sorted 64-bit hashes. One million names are 8 MB and are searched where
 * they lie. A hash cannot be turned back into a name, and two names collide with a chance of one in 2^64 for each pair: with a million
 * names, one lookup in 10^13 is blocked by mistake.
 *
 * File, all numbers little-endian:
 *
 *     0   8 bytes   "LETHEBT1"
 *     8   8 bytes   version: ASCII, padded with zeros (a date like 20261125)
 *    16  24 bytes   six counts of names, uint32 each, in the order of CATEGORIES
 *    40  ...        for each category: the high halves of its hashes, sorted, then the low halves in the same order; uint32 each
 *   end  32 bytes   SHA-256 of everything before it
 */

import { LetheError } from './errors.ts';

export const CATEGORIES = ['ads', 'trackers', 'malware', 'adult', 'gambling', 'social'] as const;
export type Category = (typeof CATEGORIES)[number];

const MAGIC = 'LETHEBT1';
const VERSION_BYTES = 8;
const HEADER_BYTES = 40;
const DIGEST_BYTES = 32;
/** Longest name: 127 labels and the root. */
const MAX_LABELS = 128;

/** Two hashes of 32 bits over the same bytes, with different constants: FNV-1a's and MurmurHash2's prime, finished as in MurmurHash3. */
const SEED_HI = 0x811c9dc5;
const SEED_LO = 0x9747b28c;
const PRIME_HI = 0x01000193;
const PRIME_LO = 0x5bd1e995;

function finish(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

const starts = new Uint16Array(MAX_LABELS);

/**
 * Hashes of a name in wire format (RFC 1035 section 3.1, well-formed and without compression) that begins at `offset`, and of every name
 * above it: `out[2k]` and `out[2k + 1]` are the high and low half for its last k + 1 labels. ASCII letters count as lower case. Returns
 * the number of labels. Nothing of the name is kept.
 */
export function hashSuffixes(bytes: Uint8Array, offset: number, out: Uint32Array): number {
  let labels = 0;
  for (let at = offset; bytes[at] !== 0 && labels < MAX_LABELS; at += 1 + bytes[at]!) starts[labels++] = at;
  let high = SEED_HI;
  let low = SEED_LO;
  for (let label = labels - 1; label >= 0; label -= 1) {
    const from = starts[label]!;
    const length = bytes[from]!;
    high = Math.imul(high ^ length, PRIME_HI);
    low = Math.imul(low ^ length, PRIME_LO);
    for (let at = from + 1; at <= from + length; at += 1) {
      const byte = bytes[at]!;
      const lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
      high = Math.imul(high ^ lower, PRIME_HI);
      low = Math.imul(low ^ lower, PRIME_LO);
      low ^= low >>> 15;
    }
    out[2 * (labels - 1 - label)] = finish(high);
    out[2 * (labels - 1 - label) + 1] = finish(low);
  }
  starts.fill(0, 0, labels);
  return labels;
}

const wire = new Uint8Array(256);
const suffixes = new Uint32Array(2 * MAX_LABELS);

/** High and low half of the hash of a name in text (ASCII, no dot at the end). Throws `bad_request` for what is no domain name. */
export function hashName(text: string): [high: number, low: number] {
  if (text.length === 0 || text.length > 253) throw notAName();
  let at = 0;
  for (const label of text.split('.')) {
    if (label.length === 0 || label.length > 63) throw notAName();
    wire[at] = label.length;
    for (let index = 0; index < label.length; index += 1) {
      const code = label.charCodeAt(index);
      if (code > 0x7f) throw notAName();
      wire[at + 1 + index] = code;
    }
    at += 1 + label.length;
  }
  wire[at] = 0;
  const labels = hashSuffixes(wire, 0, suffixes);
  return [suffixes[2 * labels - 2]!, suffixes[2 * labels - 1]!];
}

const notAName = (): LetheError => new LetheError('bad_request', 'That is not a domain name.');

export interface BlockTable {
  readonly version: string;
  /** Names in each category. */
  readonly counts: Record<Category, number>;
  /** Bits of the enabled categories (bit i for CATEGORIES[i]) that hold the name with this hash. */
  lookup(high: number, low: number, enabled: number): number;
}

interface Section {
  high: Uint32Array;
  low: Uint32Array;
}

/** Opens a table. Its hashes are not copied. Throws `bad_encoding` for anything but a whole, unaltered, sorted table. */
export async function openBlockTable(given: Uint8Array): Promise<BlockTable> {
  const bytes = (given.byteOffset % 4 === 0 ? given : given.slice()) as Uint8Array<ArrayBuffer>;
  if (bytes.length < HEADER_BYTES + DIGEST_BYTES || text(bytes, 0, MAGIC.length) !== MAGIC) throw broken();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const counts = CATEGORIES.map((_, index) => view.getUint32(16 + 4 * index, true));
  const names = counts.reduce((sum, count) => sum + count, 0);
  if (bytes.length !== HEADER_BYTES + 8 * names + DIGEST_BYTES) throw broken();
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes.subarray(0, -DIGEST_BYTES)));
  if (!digest.every((byte, index) => byte === bytes[bytes.length - DIGEST_BYTES + index])) throw broken();
  let at = bytes.byteOffset + HEADER_BYTES;
  const sections = counts.map((count): Section => {
    const high = new Uint32Array(bytes.buffer, at, count);
    const low = new Uint32Array(bytes.buffer, at + 4 * count, count);
    at += 8 * count;
    if (!isSorted(high, low)) throw broken();
    return { high, low };
  });
  return {
    version: text(bytes, MAGIC.length, VERSION_BYTES).replace(/\0+$/, ''),
    counts: Object.fromEntries(CATEGORIES.map((name, index) => [name, counts[index]!])) as Record<Category, number>,
    lookup(high, low, enabled) {
      let found = 0;
      for (let index = 0; index < sections.length; index += 1) {
        if ((enabled & (1 << index)) !== 0 && holds(sections[index]!, high, low)) found |= 1 << index;
      }
      return found;
    },
  };
}

const text = (bytes: Uint8Array, from: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(from, from + length));

const broken = (): LetheError => new LetheError('bad_encoding', 'The block table is damaged or not a block table.');

function isSorted(high: Uint32Array, low: Uint32Array): boolean {
  for (let index = 1; index < high.length; index += 1) {
    const before = high[index - 1]!;
    const here = high[index]!;
    if (before > here || (before === here && low[index - 1]! >= low[index]!)) return false;
  }
  return true;
}

/** Interpolation search: hashes are spread evenly, so the place of one can be told from its value; a few steps find it. */
function holds({ high, low }: Section, wantedHigh: number, wantedLow: number): boolean {
  let from = 0;
  let to = high.length - 1;
  while (from <= to) {
    const first = high[from]!;
    const last = high[to]!;
    if (wantedHigh < first || wantedHigh > last) return false;
    const guess = last === first ? from : from + Math.floor(((wantedHigh - first) / (last - first)) * (to - from));
    const value = high[guess]!;
    if (value < wantedHigh) from = guess + 1;
    else if (value > wantedHigh) to = guess - 1;
    else return nearHolds(high, low, guess, wantedHigh, wantedLow);
  }
  return false;
}

/** Among the few hashes with the same high half. */
function nearHolds(high: Uint32Array, low: Uint32Array, at: number, wantedHigh: number, wantedLow: number): boolean {
  for (let index = at; index >= 0 && high[index] === wantedHigh; index -= 1) if (low[index] === wantedLow) return true;
  for (let index = at + 1; index < high.length && high[index] === wantedHigh; index += 1)
    if (low[index] === wantedLow) return true;
  return false;
}

/** Hashes of one category, high and low half of each, in any order. */
export type CategoryHashes = readonly (readonly [high: number, low: number])[];

/** The file of a table; duplicates fall together. Throws `bad_request` for a version that is not 1 to 8 ASCII characters. */
export async function encodeBlockTable(
  version: string,
  hashes: Partial<Record<Category, CategoryHashes>>,
): Promise<Uint8Array<ArrayBuffer>> {
  if (!/^[\x21-\x7e]{1,8}$/.test(version))
    throw new LetheError('bad_request', 'The version of a table is 1 to 8 characters, like 20261125.');
  const sections = CATEGORIES.map((category) => sortedUnique(hashes[category] ?? []));
  const names = sections.reduce((sum, section) => sum + section.length / 2, 0);
  const bytes = new Uint8Array(HEADER_BYTES + 8 * names + DIGEST_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(Array.from(MAGIC + version, (character) => character.charCodeAt(0)));
  let at = HEADER_BYTES;
  sections.forEach((section, index) => {
    const count = section.length / 2;
    view.setUint32(16 + 4 * index, count, true);
    for (let name = 0; name < count; name += 1) {
      view.setUint32(at + 4 * name, section[2 * name]!, true);
      view.setUint32(at + 4 * (count + name), section[2 * name + 1]!, true);
    }
    at += 8 * count;
  });
  bytes.set(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes.subarray(0, -DIGEST_BYTES))), at);
  return bytes;
}

/** High and low halves in turn, sorted, each pair once. */
function sortedUnique(hashes: CategoryHashes): Uint32Array {
  const keys = new BigUint64Array(hashes.length);
  hashes.forEach(([high, low], index) => {
    keys[index] = (BigInt(high) << 32n) | BigInt(low);
  });
  keys.sort();
  const unique = keys.filter((key, index) => index === 0 || key !== keys[index - 1]);
  const halves = new Uint32Array(2 * unique.length);
  unique.forEach((key, index) => {
    halves[2 * index] = Number(key >> 32n);
    halves[2 * index + 1] = Number(key & 0xffffffffn);
  });
  return halves;
}
