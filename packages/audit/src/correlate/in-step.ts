/**
 * Which counters work in step with a secret pattern. A permutation test with the maximum over all counters and lags (Westfall and Young,
 * Resampling-Based Multiple Testing, 1993): exact whatever the counters look like, because the pattern alone is chance, and patterns that
 * were not sent come from the same source as the one that was. Values are turned into ranks first, so that one burst decides nothing.
 */

import { onOffPattern, type Random } from './pattern.ts';
import type { Series } from './sample.ts';
import { seeded } from './seeded.ts';

/** What the client sent. */
export interface SentPattern {
  symbols: readonly boolean[];
  /** When the first symbol began, in seconds on the target's own clock (/proc/uptime). */
  start: number;
  symbolSeconds: number;
}

export interface InStepOptions {
  /** How often at most a target without any recorder is blamed, over all its counters together. Default 0.001. */
  falsePositiveRate?: number;
  /** Default 2000. */
  permutations?: number;
  /** How much later than the traffic the work may come, in symbols; half symbols are tried too. Default 3. */
  maxLag?: number;
  /** For the patterns that were not sent. By default always the same, so that a verdict can be reached again. */
  random?: Random;
}

export interface Significant {
  series: Series;
  /** Correlation of the ranks with the pattern, -1 to 1, where it is furthest from 0. */
  r: number;
  /** In symbols. */
  lag: number;
  /** Found only when each value was taken for the work of the silence before it: the work comes in batches. */
  batched: boolean;
  /** How likely some counter of an innocent target comes as far. */
  p: number;
  /** (on - off) / (on + off) of what was counted in symbols on and off: 1 if it works with traffic only, 0 if it does not care. */
  contrast: number;
}

export interface InStep {
  /** The surest first. */
  significant: Significant[];
  /** |r| above this is significant. */
  threshold: number;
  /** Counters that were compared; 0 if the samples do not cover the pattern. */
  tested: number;
  /** Lags that the samples cover, in symbols. */
  lags: number[];
}

type Found = Omit<Significant, 'p'>;

/**
 * What follows the pattern perfectly reaches an r of 0.87, as ranks differ within on and off too. Thresholds are some 0.86 with 24 symbols,
 * 0.65 with 64 and 0.46 with 128: 24 find nothing for sure, and what writes in batches of two symbols (r about 0.55) needs 128.
 * Throws RangeError if the pattern is none of `onOffPattern`'s, or if there are too few permutations for the rate: 1/rate - 1 are needed.
 * Takes about 1.5 seconds for 2400 counters, 64 symbols, 7 lags and 2000 permutations.
 */
export function inStep(pattern: SentPattern, series: readonly Series[], options: InStepOptions = {}): InStep {
  const { falsePositiveRate = 0.001, permutations = 2000, maxLag = 3, random = seeded(0) } = options;
  const count = pattern.symbols.length;
  if (pattern.symbols.filter((on) => on).length * 2 !== count) throw new RangeError('The pattern is not balanced.');
  // p is (1 + permutations as far) / (1 + permutations): so many may be as far.
  const allowed = Math.floor(falsePositiveRate * (permutations + 1) + 1e-9) - 1;
  if (!(allowed >= 0)) throw new RangeError('There are too few permutations for this rate of false positives.');
  const drawn = Array.from({ length: permutations }, () => onOffPattern(count, random));
  const test = new Maxima(pattern.symbols, drawn);
  const clocks = new Map<readonly number[], Place[]>();
  const best: Found[] = [];
  let tested = 0;
  const lags = new Set<number>();
  for (const one of series) {
    if (one.times.length !== one.values.length + 1) continue;
    const places = clocks.get(one.times) ?? placesOf(one.times, pattern, maxLag);
    clocks.set(one.times, places);
    const batch = spread(one.values, one.times, maxLag * pattern.symbolSeconds);
    // Apart: what works in silence only is furthest from 0 below it, and may come above 0 at another lag.
    const found: { up: Found | null; down: Found | null } = { up: null, down: null };
    for (const values of batch === null ? [one.values] : [one.values, batch]) {
      const sums = sumsAt(values, places);
      const rounding = 2 ** -46 * sums.reduce((most, sum) => Math.max(most, Math.abs(sum) || 0), 0);
      for (let half = 0; half <= 2 * maxLag; half += 1) {
        const symbols = symbolsOf(sums, half, count);
        if (symbols === null) continue;
        lags.add(half / 2);
        const row = standardised(ranks(symbols, rounding));
        if (row === null) continue;
        const r = test.correlate(row);
        const side = r > 0 ? 'up' : 'down';
        if (Math.abs(r) <= Math.abs(found[side]?.r ?? 0)) continue;
        const contrast = contrastOf(symbols, pattern.symbols);
        found[side] = { series: one, r, lag: half / 2, batched: values === batch, contrast };
      }
    }
    tested += found.up || found.down ? 1 : 0;
    for (const side of [found.up, found.down]) if (side !== null) best.push(side);
  }
  const maxima = test.maxima.toSorted();
  const threshold = maxima[permutations - 1 - allowed]!;
  const significant = best
    .filter(({ r }) => Math.abs(r) > threshold)
    .map((one) => ({ ...one, p: (1 + maxima.filter((max) => max >= Math.abs(one.r)).length) / (1 + permutations) }))
    .toSorted((a, b) => Math.abs(b.r) - Math.abs(a.r));
  return { significant, threshold, tested, lags: [...lags].toSorted((a, b) => a - b) };
}

/** Eight symbols to a byte. */
function packed(symbols: readonly boolean[]): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(symbols.length / 8));
  for (const [at, on] of symbols.entries()) if (on) bytes[at >> 3]! |= 1 << (at & 7);
  return bytes;
}

/**
 * The largest |r| of each pattern that was not sent, over all rows. A row has mean 0 and length 1, a pattern as many on as off: so r is the
 * row's sum over the symbols that are on, times 2 / sqrt(symbols). For each eight symbols it is made once for all 256 cases.
 */
class Maxima {
  readonly #width: number;
  /** The pattern that was sent, then the others. */
  readonly #bytes: Uint8Array;
  readonly #sums: Float64Array;
  readonly maxima: Float64Array;

  constructor(sent: readonly boolean[], drawn: readonly boolean[][]) {
    this.#width = Math.ceil(sent.length / 8);
    this.#bytes = Buffer.concat([sent, ...drawn].map(packed));
    this.#sums = new Float64Array(this.#width * 256);
    this.maxima = new Float64Array(drawn.length);
  }

  /** r of the pattern that was sent. */
  correlate(row: Float64Array): number {
    const sums = this.#sums;
    const width = this.#width;
    const scale = 2 / Math.sqrt(row.length);
    for (let bit = 0; bit < width * 8; bit += 1) {
      const from = (bit >> 3) * 256;
      const size = 1 << (bit & 7);
      const value = (row[bit] ?? 0) * scale;
      for (let low = 0; low < size; low += 1) sums[from + size + low] = sums[from + low]! + value;
    }
    const bytes = this.#bytes;
    let sent = 0;
    for (let pattern = 0, from = 0; pattern <= this.maxima.length; pattern += 1, from += width) {
      let r = 0;
      for (let byte = 0; byte < width; byte += 1) r += sums[byte * 256 + bytes[from + byte]!]!;
      if (pattern === 0) sent = r;
      else if (Math.abs(r) > this.maxima[pattern - 1]!) this.maxima[pattern - 1] = Math.abs(r);
    }
    return sent;
  }
}

/** Where a moment lies: in which interval, and how far into it. Null: outside of the samples. */
type Place = { interval: number; share: number } | null;

/** Of every half symbol, up to the end of the last symbol at the largest lag. */
function placesOf(times: readonly number[], { symbols, start, symbolSeconds }: SentPattern, maxLag: number): Place[] {
  const places: Place[] = [];
  let interval = 0;
  for (let half = 0; half <= 2 * (symbols.length + maxLag); half += 1) {
    const moment = start + (half * symbolSeconds) / 2;
    while (interval < times.length - 2 && times[interval + 1]! <= moment) interval += 1;
    const share = (moment - times[interval]!) / (times[interval + 1]! - times[interval]!);
    places.push(share >= 0 && share <= 1 ? { interval, share } : null);
  }
  return places;
}

/** What was counted up to each place. Within an interval it is taken to have grown evenly. NaN: not known. */
function sumsAt(values: readonly number[], places: readonly Place[]): Float64Array {
  const before = new Float64Array(values.length + 1);
  for (const [at, value] of values.entries()) before[at + 1] = before[at]! + value;
  return Float64Array.from(places, (place) =>
    place === null ? Number.NaN : before[place.interval]! + place.share * values[place.interval]!,
  );
}

/**
 * Each value shared evenly among the silent intervals before it, so many seconds back at most: what was kept until it was written in one
 * go. Null if no value follows two silent intervals.
 */
function spread(values: readonly number[], times: readonly number[], seconds: number): number[] | null {
  const shared = values.slice();
  let silent = 0;
  let any = false;
  for (const [at, value] of values.entries()) {
    if (value === 0) {
      silent += 1;
      continue;
    }
    let from = at;
    while (from > at - silent && times[at + 1]! - times[from - 1]! <= seconds) from -= 1;
    if (at - from >= 2) any = true;
    const whole = times[at + 1]! - times[from]!;
    for (let part = from; part <= at; part += 1) shared[part] = (value * (times[part + 1]! - times[part]!)) / whole;
    silent = 0;
  }
  return any ? shared : null;
}

/** What was counted in each symbol, so many half symbols later. Null if the samples do not cover it. */
function symbolsOf(sums: Float64Array, half: number, count: number): Float64Array | null {
  const symbols = new Float64Array(count);
  for (let at = 0; at < count; at += 1) {
    const grown = sums[2 * at + half + 2]! - sums[2 * at + half]!;
    if (!Number.isFinite(grown)) return null;
    symbols[at] = grown;
  }
  return symbols;
}

/**
 * Ranks; values that differ by rounding alone share one. Rounding is that of the sums they were taken from, so that one burst does not
 * make all others alike, as a share of the largest value would.
 */
function ranks(values: Float64Array, rounding: number): Float64Array {
  const order = Uint16Array.from(values.keys()).toSorted((a, b) => values[a]! - values[b]!);
  const alike = (a: number, b: number): boolean => b - a <= rounding + 1e-9 * Math.min(Math.abs(a), Math.abs(b));
  const ranked = new Float64Array(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && alike(values[order[to - 1]!]!, values[order[to]!]!)) to += 1;
    for (let at = from; at < to; at += 1) ranked[order[at]!] = (from + to - 1) / 2;
    from = to;
  }
  return ranked;
}

/** Mean 0, length 1; null for what does not change. */
function standardised(row: Float64Array): Float64Array | null {
  let [sum, squares] = [0, 0];
  for (const value of row) sum += value;
  const mean = sum / row.length;
  for (const value of row) squares += (value - mean) ** 2;
  const length = Math.sqrt(squares);
  return length < 1e-9 ? null : row.map((value) => (value - mean) / length);
}

function contrastOf(values: Float64Array, symbols: readonly boolean[]): number {
  let [on, off] = [0, 0];
  for (const [at, value] of values.entries()) {
    if (symbols[at]) on += value;
    else off += value;
  }
  return (on - off) / (Math.abs(on) + Math.abs(off)) || 0;
}
