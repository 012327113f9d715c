/** Inputs for parsers, near what is valid and far from it. */

import { concat, utf8 } from '@lethe/core';
import fc from 'fast-check';

type Bytes = Uint8Array<ArrayBuffer>;

/** Pieces that mean something to one of the parsers. */
const PIECES = [
  '\n',
  '\n\n',
  ' ',
  '— ',
  '+',
  '=',
  '#',
  '0',
  '9007199254740992',
  'index ',
  'extra ',
  'quorum none\n',
  '\r',
  '\u00a0',
];

const random = (maxLength: number): fc.Arbitrary<Bytes> =>
  fc.uint8Array({ maxLength }).map((bytes) => new Uint8Array(bytes));
const piece = fc.oneof(fc.constantFrom(...PIECES).map(utf8), random(4));

/** One to three changes of valid bytes, often where a word begins: a stretch of up to 40 replaced by a piece, or by a copy of another. */
export function mutated(valid: Uint8Array): fc.Arbitrary<Bytes> {
  const anywhere = fc.nat({ max: valid.length });
  const at = fc.oneof(anywhere, fc.constantFrom(0, ...wordStarts(valid)));
  const length = fc.oneof(fc.constant(0), fc.nat({ max: 2 }), fc.nat({ max: 40 }));
  const copied = anywhere.map((from) => new Uint8Array(valid.subarray(from, from + 46)));
  const change = fc.record({ at, length, by: fc.oneof(piece, copied) });
  return fc
    .array(change, { minLength: 1, maxLength: 3 })
    .map((changes) =>
      changes.reduce(
        (bytes, { at, length, by }) => concat(bytes.subarray(0, at), by, bytes.subarray(at + length)),
        new Uint8Array(valid),
      ),
    );
}

/** Places behind a new line, a space, a slash or a plus sign. */
const wordStarts = (valid: Uint8Array): number[] =>
  [...valid.keys()].map((i) => i + 1).filter((i) => [0x0a, 0x20, 0x2f, 0x2b].includes(valid[i - 1]!));

/** Random bytes, random text of pieces, and mostly mutations of what is valid. */
export const around = (...valid: Uint8Array[]): fc.Arbitrary<Bytes> =>
  fc.oneof(
    { weight: 1, arbitrary: random(200) },
    { weight: 1, arbitrary: fc.array(piece, { maxLength: 20 }).map((pieces) => concat(...pieces)) },
    ...valid.map((bytes) => ({ weight: 6, arbitrary: mutated(bytes) })),
  );
