/** The median: what one bad run cannot move. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('There is no median of nothing.');
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * Where the median of what these values are drawn from lies, with a confidence of at least 95 %: the values at the ranks of the sign test,
 * which assumes that they are independent and nothing about their distribution. Null for fewer than six, which cannot say that much.
 */
export function medianInterval(values: readonly number[]): [number, number] | null {
  const sorted = values.toSorted((a, b) => a - b);
  const count = sorted.length;
  let rank = 0;
  // The chance that exactly `rank` values lie below the median, as a logarithm: it is tiny for many values.
  let term = count * Math.log(0.5);
  for (let below = Math.exp(term); below <= 0.025; below += Math.exp(term)) {
    rank += 1;
    term += Math.log((count - rank + 1) / rank);
  }
  return rank === 0 ? null : [sorted[rank - 1]!, sorted[count - rank]!];
}

/** The order of two sides in a round: alternating, so that neither is always first on a warmer or busier machine. */
export const order = <T>(round: number, a: T, b: T): [T, T] => (round % 2 === 0 ? [a, b] : [b, a]);

/** The value below which this share of sorted values lies. */
export const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
