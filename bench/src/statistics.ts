/** The median: what one bad run cannot move. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('There is no median of nothing.');
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * Where the median of what these values are drawn from lies, with a confidence of at least 95 %: the values at the ranks of the sign test,
 * which assumes nothing about their distribution. The whole range for fewer than six, which cannot say that much.
 */
export function medianInterval(values: readonly number[]): [number, number] {
  const sorted = values.toSorted((a, b) => a - b);
  const count = sorted.length;
  let rank = 0;
  let term = 0.5 ** count; // the chance that exactly `rank` values lie below the median
  for (let below = term; below <= 0.025 && rank < count; below += term) {
    rank += 1;
    term = (term * (count - rank + 1)) / rank;
  }
  const skipped = Math.max(0, rank - 1);
  return [sorted[skipped]!, sorted[count - 1 - skipped]!];
}

/** The order of two sides in a round: alternating, so that neither is always first on a warmer or busier machine. */
export const order = <T>(round: number, a: T, b: T): [T, T] => (round % 2 === 0 ? [a, b] : [b, a]);

/** The value below which this share of sorted values lies. */
export const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
