/**
 * Which windows share a bucket. The tables of a bucket allow, at each place, every low half byte of its windows with every high one, so
 * windows that are not alike allow together far more than they mean, and each place in memory that is allowed costs a comparison.
 */

/** The half bytes that windows have at each of the four places, as sets of bits. */
export interface Halves {
  readonly low: readonly number[];
  readonly high: readonly number[];
}

const NONE: Halves = { low: [0, 0, 0, 0], high: [0, 0, 0, 0] };
/** Passes over all windows. Two or three settle it; the rest is a bound. */
const PASSES = 10;

/**
 * Puts windows into `count` buckets, some of which may stay empty. Begins with runs of neighbours, then takes each window out and puts it
 * where the tables grow least, until nothing moves.
 */
export function groupWindows<T extends { halves: Halves }>(windows: readonly T[], count: number): T[][] {
  const sorted = windows.toSorted((a, b) => compare(a.halves, b.halves));
  const groups = Array.from({ length: count }, () => new Set<T>());
  for (const [index, window] of sorted.entries()) groups[Math.floor((index * count) / sorted.length)]!.add(window);
  for (let pass = 0; pass < PASSES; pass += 1) {
    let moved = false;
    for (const window of sorted) {
      const from = groups.find((group) => group.has(window))!;
      from.delete(window);
      const to = cheapest(groups, window);
      to.add(window);
      moved ||= to !== from;
    }
    if (!moved) break;
  }
  return groups.map((group) => [...group]);
}

/** The group that allows least more with this window in it. */
function cheapest<T extends { halves: Halves }>(groups: readonly Set<T>[], window: T): Set<T> {
  const more = groups.map((group) => {
    const before = [...group].reduce((all, { halves }) => union(all, halves), NONE);
    return allowed(union(before, window.halves)) - allowed(before);
  });
  return groups[more.indexOf(Math.min(...more))]!;
}

const union = (one: Halves, other: Halves): Halves => ({
  low: one.low.map((bits, place) => bits | other.low[place]!),
  high: one.high.map((bits, place) => bits | other.high[place]!),
});

/** The share of evenly random places that the tables allow for windows with these halves. */
export const allowed = ({ low, high }: Halves): number =>
  low.reduce((share, bits, place) => (share * ones(bits) * ones(high[place]!)) / 256, 1);

function compare(one: Halves, other: Halves): number {
  for (let place = 0; place < 4; place += 1) {
    const order = one.high[place]! - other.high[place]! || one.low[place]! - other.low[place]!;
    if (order !== 0) return order;
  }
  return 0;
}

function ones(bits: number): number {
  let count = 0;
  for (let left = bits; left !== 0; left &= left - 1) count += 1;
  return count;
}
