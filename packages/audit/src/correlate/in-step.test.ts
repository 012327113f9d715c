/** Noise of any shape is rarely blamed, and what follows the pattern is found, late, batched and noisy as it may be. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inStep } from './in-step.ts';
import { onOffPattern } from './pattern.ts';
import type { Series } from './sample.ts';
import { seeded } from './seeded.ts';

/** From 0 to below 1. */
function uniform(seed: number): () => number {
  const random = seeded(seed);
  let bytes = Buffer.alloc(0);
  return () => {
    if (bytes.length < 4) bytes = Buffer.from(random(4096));
    const value = bytes.readUInt32BE() / 2 ** 32;
    bytes = bytes.subarray(4);
    return value;
  };
}

const normal = (next: () => number): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());

const counter = (name: string, values: number[], times: number[]): Series => ({
  kind: 'io.wchar',
  pid: 1,
  name,
  object: '',
  values,
  times,
});

/** Stamps from 0, of intervals that are about a third of a second long. */
function clock(intervals: number, next: () => number): number[] {
  const times = [0];
  for (let at = 0; at < intervals; at += 1) times.push(times.at(-1)! + 0.3 + 0.06 * next());
  return times;
}

/** Counters of an innocent target: random walks, rare events, slow waves, bursts, steady work. */
function noise(count: number, times: number[], next: () => number): Series[] {
  return Array.from({ length: count }, (_, at) => {
    let level = 0;
    const values = times.slice(1).map((time) => {
      if (at % 5 === 0) level += normal(next);
      else if (at % 5 === 1) level = next() < 0.1 ? 1 + Math.floor(next() * 5) : 0;
      else if (at % 5 === 2) level = 0.9 * level + normal(next);
      else if (at % 5 === 3) level = Math.exp(4 * normal(next));
      else level = 10 + Math.sin(time / (1 + (at % 7)));
      return level;
    });
    return counter(`noise ${at}`, values, times);
  });
}

/** Traffic of the pattern in each interval, so many seconds late: the share of the interval that is on. */
function traffic(symbols: boolean[], start: number, late: number, times: number[]): number[] {
  const at = (time: number): number => (symbols[Math.floor(time - late - start)] ? 1 : 0);
  return times.slice(1).map((to, index) => {
    const from = times[index]!;
    let sum = 0;
    for (let step = 0; step < 20; step += 1) sum += at(from + ((to - from) * (step + 0.5)) / 20);
    return sum / 20;
  });
}

test('a target without any recorder is blamed no more often than asked for, over all its counters together', () => {
  let blamed = 0;
  for (let run = 0; run < 200; run += 1) {
    const next = uniform(1000 + run);
    const times = clock(90, next);
    const pattern = { symbols: onOffPattern(24, seeded(run + 1)), start: 2.2, symbolSeconds: 1 };
    const options = { falsePositiveRate: 0.05, permutations: 199, maxLag: 0.5 };
    const { significant, tested } = inStep(pattern, noise(200, times, next), options);
    // Rare events may all have fallen outside of the pattern.
    assert.ok(tested >= 195);
    if (significant.length > 0) blamed += 1;
  }
  assert.ok(blamed <= 20, `${blamed} of 200 innocent targets were blamed; 10 were asked for`);
});

const next = uniform(5);
const times = clock(260, next);
const pattern = { symbols: onOffPattern(64, seeded(99)), start: 3.7, symbolSeconds: 1 };
const sent = (late: number): number[] => traffic(pattern.symbols, pattern.start, late, times);
const innocent = noise(500, times, next);

test('what follows the pattern one or two symbols later, noisily, is found among hundreds of others', () => {
  for (const late of [0, 0.4, 1, 1.5, 2]) {
    const values = sent(late).map((share) => share * (3 + normal(next)) + next());
    const { significant } = inStep(pattern, [...innocent, counter('recorder', values, times)]);
    assert.deepEqual([...new Set(significant.map(({ series }) => series.name))], ['recorder'], `${late}`);
    const { lag, r, p, contrast } = significant[0]!;
    assert.ok(Math.abs(lag - late) <= 0.5 && r > 0 && p <= 0.001 && contrast > 0.3, `${late}: lag ${lag}, r ${r}`);
  }
});

test('what is written in batches of two symbols is found, given twice as many symbols', () => {
  const long = { ...pattern, symbols: onOffPattern(128, seeded(98)) };
  const clocked = clock(430, next);
  let kept = 0;
  let flushed = 0.9;
  const values = traffic(long.symbols, long.start, 0, clocked).map((share, at) => {
    kept += share * (4 + normal(next));
    if (clocked[at + 1]! - flushed < 2) return 0;
    flushed += 2;
    const out = kept;
    kept = 0;
    return out;
  });
  const series = [...noise(100, clocked, next), counter('batches', values, clocked)];
  const { significant } = inStep(long, series);
  assert.deepEqual(
    significant.map(({ series: { name } }) => name),
    ['batches'],
  );
  assert.equal(significant[0]!.batched, true);
});

test('work at a constant rate is not found, exact or nearly so', () => {
  const exact = times.slice(1).map((time, at) => 100 * (time - times[at]!));
  const ticks = times.slice(1).map((time, at) => Math.floor(time * 7) - Math.floor(times[at]! * 7));
  const series = [counter('exact', exact, times), counter('ticks', ticks, times), counter('recorder', sent(0), times)];
  const { significant, tested } = inStep(pattern, series);
  assert.deepEqual(
    significant.map(({ series: { name } }) => name),
    ['recorder'],
  );
  // What grows evenly has nothing to compare.
  assert.equal(tested, 2);
});

test('one burst neither hides a recorder nor makes one', () => {
  const on = pattern.symbols.indexOf(true, 30);
  const off = pattern.symbols.indexOf(false, 30);
  const during = (symbol: number): number => times.findIndex((time) => time > pattern.start + symbol + 0.1);
  const burst = times.slice(1).map((_, at) => next() + (at === during(on) ? 1e12 : 0));
  const hidden = sent(1).map((share, at) => share * 3 + next() + (at === during(off) ? 1e12 : 0));
  const series = [...innocent.slice(0, 100), counter('burst', burst, times), counter('hidden', hidden, times)];
  const { significant } = inStep(pattern, series);
  assert.deepEqual(
    significant.map(({ series }) => series.name),
    ['hidden'],
  );
});

test('samples that do not cover the pattern compare nothing, and those that end early compare the lags they cover', () => {
  const early = { ...pattern, start: -1 };
  assert.deepEqual(inStep(early, [counter('x', sent(0), times)]).lags, [1, 1.5, 2, 2.5, 3]);
  const late = { ...pattern, start: times.at(-1)! - 65.2 };
  assert.deepEqual(inStep(late, [counter('x', sent(0), times)]).lags, [0, 0.5, 1]);
  const never = inStep({ ...pattern, start: 1e6 }, [counter('x', sent(0), times), counter('y', [1, 2], times)]);
  assert.deepEqual([never.significant, never.tested, never.lags], [[], 0, []]);
});

test('the same samples give the same verdict; patterns and rates that cannot be are refused', () => {
  const series = [...innocent.slice(0, 20), counter('recorder', sent(1), times)];
  assert.deepEqual(inStep(pattern, series), inStep(pattern, series));
  assert.throws(() => inStep({ ...pattern, symbols: [true, true, false, true] }, series), RangeError);
  assert.throws(() => inStep(pattern, series, { permutations: 500 }), RangeError);
});
