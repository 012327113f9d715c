/**
 * Trees of any size up to 2^53 - 1 whose leaves are all the same but one, so that a root costs a step or two for each level: for what
 * goes wrong only at sizes no test can build.
 */

import { type Hash, leafHash, nodeHash } from '../../src/merkle.ts';

const COMMON: Hash = leafHash(Uint8Array.of(0));

/** The leaf that is not like the others. */
export const MARKED: Hash = leafHash(Uint8Array.of(1));

/** By level: the root of a perfect subtree of common leaves. */
export const PERFECT: Hash[] = [COMMON];
for (let level = 1; level <= 53; level += 1) PERFECT.push(nodeHash(PERFECT[level - 1]!, PERFECT[level - 1]!));

/** The root of the leaves from `start` up to `end`, where leaf `marked` is the other one. */
export function vastRoot(start: number, end: number, marked: number): Hash {
  const count = end - start;
  if (count === 1) return start === marked ? MARKED : COMMON;
  const { k, level } = split(count);
  if (k * 2 === count && (marked < start || marked >= end)) return PERFECT[level + 1]!;
  return nodeHash(vastRoot(start, start + k, marked), vastRoot(start + k, end, marked));
}

/** PATH of RFC 6962 for the leaf `index` of `size`. */
export function vastPath(index: number, size: number, marked: number): Hash[] {
  const path: Hash[] = [];
  let start = 0;
  let end = size;
  while (end - start > 1) {
    const middle = start + split(end - start).k;
    const isLeft = index < middle;
    path.unshift(isLeft ? vastRoot(middle, end, marked) : vastRoot(start, middle, marked));
    if (isLeft) end = middle;
    else start = middle;
  }
  return path;
}

/** The largest power of two below n, and which it is. Doubles, since logarithms round near 2^53. */
function split(n: number): { k: number; level: number } {
  let level = 0;
  while (2 ** (level + 1) < n) level += 1;
  return { k: 2 ** level, level };
}
