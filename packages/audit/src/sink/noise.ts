/** For tests: numbers and bytes that look random and are the same in each run (xorshift32). */
export function noise(seed: number): { below(limit: number): number; bytes(length: number): Buffer } {
  let state = seed;
  const below = (limit: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
  return { below, bytes: (length) => Buffer.from(Array.from({ length }, () => below(256))) };
}
