/**
 * The Merkle tree of RFC 6962 section 2.1 over SHA-256, and the verification of its proofs (RFC 9162 sections 2.1.3.2 and 2.1.4.2).
 *
 * Sizes and indexes are JavaScript numbers up to 2^53 - 1; nothing here shifts bits, since `>>>` ends at 2^32.
 */

import { concat, equalBytes, LetheError } from '@lethe/core';
import { sha256 } from '@noble/hashes/sha2.js';

/** Bytes of a hash. */
export const HASH_SIZE = 32;

/** A hash of the tree, 32 bytes. */
export type Hash = Uint8Array;

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

/** SHA256(0x00 || entry). */
export const leafHash = (entry: Uint8Array): Hash => sha256(concat(LEAF, entry));

/** SHA256(0x01 || left || right). */
export const nodeHash = (left: Hash, right: Hash): Hash => sha256(concat(NODE, left, right));

/** The root of the tree without entries: SHA256(""). */
export const EMPTY_ROOT: Hash = sha256(new Uint8Array(0));

/** The largest power of two below n, for n > 1: where RFC 6962 splits a tree of n leaves. */
export function splitPoint(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

/** The root of a list of subtree hashes of equal size: MTH of RFC 6962 over hashes in place of leaves. At least one. */
export function rootOfHashes(hashes: readonly Hash[]): Hash {
  if (hashes.length === 1) return hashes[0]!;
  const k = splitPoint(hashes.length);
  return nodeHash(rootOfHashes(hashes.slice(0, k)), rootOfHashes(hashes.slice(k)));
}

/** Inclusion proof of a leaf in the tree of these leaf hashes, the leaf's own sibling first (RFC 6962 section 2.1.1). */
export function inclusionOfHashes(hashes: readonly Hash[], index: number): Hash[] {
  if (hashes.length <= 1) return [];
  const split = splitPoint(hashes.length);
  const [left, right] = [hashes.slice(0, split), hashes.slice(split)];
  return index < split
    ? [...inclusionOfHashes(left, index), rootOfHashes(right)]
    : [...inclusionOfHashes(right, index - split), rootOfHashes(left)];
}

/** What an inclusion proof claims: the leaf hash stands at `index` in the tree of `size` entries with this root. */
export interface Inclusion {
  index: number;
  size: number;
  leaf: Hash;
  root: Hash;
  /** Sibling hashes, the leaf's own first. */
  proof: readonly Hash[];
}

/** Throws `not_included` unless the proof shows the leaf in the tree (RFC 9162 section 2.1.3.2), `bad_proof` for numbers and hashes of another form. */
export function verifyInclusion({ index, size, leaf, root, proof }: Inclusion): void {
  checkNumbers(index, size);
  checkHashes([leaf, root, ...proof]);
  if (index >= size) throw new LetheError('not_included', 'The entry is said to stand behind the end of the log.');
  let fn = index;
  let sn = size - 1;
  let r = leaf;
  for (const sibling of proof) {
    if (sn === 0) throw new LetheError('not_included', 'The inclusion proof is too long.');
    if (fn % 2 === 1 || fn === sn) {
      r = nodeHash(sibling, r);
      while (fn % 2 === 0 && fn !== 0) {
        fn /= 2;
        sn = Math.floor(sn / 2);
      }
    } else {
      r = nodeHash(r, sibling);
    }
    fn = Math.floor(fn / 2);
    sn = Math.floor(sn / 2);
  }
  if (sn !== 0 || !equalBytes(r, root))
    throw new LetheError('not_included', 'The inclusion proof does not lead to the root of the log.');
}

/** What a consistency proof claims: the tree of `oldSize` entries is a prefix of the tree of `newSize` entries. */
export interface Consistency {
  oldSize: number;
  newSize: number;
  oldRoot: Hash;
  newRoot: Hash;
  proof: readonly Hash[];
}

/**
 * Throws `inconsistent` unless the proof shows that nothing in the old tree was changed (RFC 9162 section 2.1.4.2), `bad_proof` for
 * numbers and hashes of another form. An old size of 0 is refused: there is nothing to prove, callers decide it themselves.
 */
export function verifyConsistency({ oldSize, newSize, oldRoot, newRoot, proof }: Consistency): void {
  checkNumbers(oldSize, newSize);
  checkHashes([oldRoot, newRoot, ...proof]);
  if (oldSize === 0) throw new LetheError('bad_proof', 'There is no consistency proof from an empty log.');
  if (oldSize > newSize) throw inconsistent();
  if (oldSize === newSize) {
    if (proof.length > 0 || !equalBytes(oldRoot, newRoot)) throw inconsistent();
    return;
  }
  const path = isPowerOfTwo(oldSize) ? [oldRoot, ...proof] : [...proof];
  if (proof.length === 0) throw inconsistent();
  let fn = oldSize - 1;
  let sn = newSize - 1;
  while (fn % 2 === 1) {
    fn = Math.floor(fn / 2);
    sn = Math.floor(sn / 2);
  }
  let fr = path[0]!;
  let sr = path[0]!;
  for (const hash of path.slice(1)) {
    if (sn === 0) throw inconsistent();
    if (fn % 2 === 1 || fn === sn) {
      fr = nodeHash(hash, fr);
      sr = nodeHash(hash, sr);
      while (fn % 2 === 0 && fn !== 0) {
        fn /= 2;
        sn = Math.floor(sn / 2);
      }
    } else {
      sr = nodeHash(sr, hash);
    }
    fn = Math.floor(fn / 2);
    sn = Math.floor(sn / 2);
  }
  if (sn !== 0 || !equalBytes(fr, oldRoot) || !equalBytes(sr, newRoot)) throw inconsistent();
}

const inconsistent = (): LetheError =>
  new LetheError(
    'inconsistent',
    'The log is not a continuation of the one seen before: an entry was changed or removed.',
  );

function isPowerOfTwo(n: number): boolean {
  while (n > 1 && n % 2 === 0) n /= 2;
  return n === 1;
}

function checkNumbers(...numbers: number[]): void {
  if (!numbers.every((n) => Number.isSafeInteger(n) && n >= 0))
    throw new LetheError('bad_proof', 'A size or index of the proof is not a whole number below 2^53.');
}

function checkHashes(hashes: readonly Hash[]): void {
  if (hashes.length > 2 + 128 || !hashes.every((hash) => hash.length === HASH_SIZE))
    throw new LetheError('bad_proof', 'A proof consists of at most 128 hashes of 32 bytes.');
}
