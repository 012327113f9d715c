/** The secret pattern in which the auditor's client sends. Nothing on the target can know it, so what works in step with it sees traffic. */

import { randomBytes } from 'node:crypto';

/** Longer runs would look like the slow drift that every server has. */
const MAX_RUN = 3;
/** The counts of patterns stay below the largest double. */
const MAX_SYMBOLS = 512;
/** Bytes of chance for one symbol. */
const CHANCE = 6;

/** Source of chance: so many bytes. */
export type Random = (bytes: number) => Uint8Array;

/**
 * As many symbols on as off, never more than 3 equal in a row, each such pattern as likely as any other (to the precision of a double).
 * That is what makes the permutation test exact: fresh draws and the one that was sent come from the same source. Throws RangeError
 * unless `symbols` is even and from 2 to 512.
 */
export function onOffPattern(symbols: number, random: Random = randomBytes): boolean[] {
  if (!Number.isInteger(symbols) || symbols < 2 || symbols > MAX_SYMBOLS || symbols % 2 !== 0) {
    throw new RangeError(`A pattern has an even number of symbols from 2 to ${MAX_SYMBOLS}.`);
  }
  const ways = completions(symbols / 2);
  const chance = random(symbols * CHANCE);
  const pattern: boolean[] = [];
  let on = symbols / 2;
  let off = on;
  let run = 0;
  let last = true;
  for (let at = 0; at < symbols; at += 1) {
    const withOn: number = on === 0 ? 0 : ways(on - 1, off, last ? run + 1 : 1);
    const withOff: number = off === 0 ? 0 : ways(off - 1, on, last ? 1 : run + 1);
    const next: boolean = unit(chance, at) * (withOn + withOff) < withOn;
    run = next === last ? run + 1 : 1;
    last = next;
    if (next) on -= 1;
    else off -= 1;
    pattern.push(next);
  }
  return pattern;
}

/** From 0 to below 1. */
function unit(chance: Uint8Array, at: number): number {
  let value = 0;
  for (let byte = at * CHANCE; byte < (at + 1) * CHANCE; byte += 1) value = value * 256 + chance[byte]!;
  return value / 256 ** CHANCE;
}

type Ways = (same: number, other: number, run: number) => number;

let known: { half: number; ways: Ways } | null = null;

/** How many ways there are to go on, with so many left of the symbol sent last and of the other, after a run of the last. */
function completions(half: number): Ways {
  if (known?.half === half) return known.ways;
  const side = half + 1;
  const table = new Float64Array(side * side * MAX_RUN);
  const ways: Ways = (same, other, run) => (run > MAX_RUN ? 0 : table[(same * side + other) * MAX_RUN + run - 1]!);
  for (let total = 0; total <= 2 * half; total += 1) {
    for (let same = Math.max(0, total - half); same <= Math.min(half, total); same += 1) {
      const other = total - same;
      for (let run = 1; run <= MAX_RUN; run += 1) {
        const stay = same === 0 ? 0 : ways(same - 1, other, run + 1);
        const change = other === 0 ? 0 : ways(other - 1, same, 1);
        table[(same * side + other) * MAX_RUN + run - 1] = total === 0 ? 1 : stay + change;
      }
    }
  }
  known = { half, ways };
  return ways;
}
