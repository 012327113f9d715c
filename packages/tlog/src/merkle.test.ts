import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBase64, toBase64, utf8 } from '@lethe/core';
import fc from 'fast-check';
import { naiveLeaf, naivePath, naiveProof, naiveRoot } from '../tests/lib/naive.ts';
import { MARKED, PERFECT, vastPath, vastRoot } from '../tests/lib/vast.ts';
import { vectorJson } from '../tests/lib/vectors.ts';
import {
  EMPTY_ROOT,
  type Hash,
  inclusionOfHashes,
  leafHash,
  nodeHash,
  rootOfHashes,
  splitPoint,
  verifyConsistency,
  verifyInclusion,
} from './merkle.ts';

interface InclusionVector {
  leafIdx: number;
  treeSize: number;
  root: string;
  leafHash: string;
  proof: string[] | null;
  wantErr: boolean;
  file: string;
}

interface ConsistencyVector {
  size1: number;
  size2: number;
  root1: string;
  root2: string;
  proof: string[] | null;
  wantErr: boolean;
  file: string;
}

const refusal = { name: 'LetheError', code: /^(not_included|inconsistent|bad_proof)$/ };

/** Accepted by the vectors' authors with words in place of the roots; Lethe reads hashes of 32 bytes only. */
const WORDS_FOR_ROOTS = 'testdata/consistency/additional/sizes-are-equal-one-and-proof-is-empty.json';

const hashes = (texts: readonly string[] | null): Hash[] => (texts ?? []).map(fromBase64);

function held(file: string, wantErr: boolean, check: () => void): void {
  if (wantErr) assert.throws(check, refusal, file);
  else assert.doesNotThrow(check, file);
}

test('inclusion proofs are judged as the vectors say', () => {
  const vectors = vectorJson<InclusionVector[]>('merkle/inclusion.json');
  assert.equal(vectors.length, 98);
  for (const { leafIdx, treeSize, root, leafHash, proof, wantErr, file } of vectors) {
    const [leaf, top] = hashes([leafHash, root]);
    held(file, wantErr, () =>
      verifyInclusion({ index: leafIdx, size: treeSize, leaf: leaf!, root: top!, proof: hashes(proof) }),
    );
  }
});

test('consistency proofs are judged as the vectors say', () => {
  const vectors = vectorJson<ConsistencyVector[]>('merkle/consistency.json');
  assert.equal(vectors.length, 98);
  for (const { size1, size2, root1, root2, proof, wantErr, file } of vectors) {
    const [oldRoot, newRoot] = hashes([root1, root2]);
    held(file, wantErr || file === WORDS_FOR_ROOTS, () =>
      verifyConsistency({ oldSize: size1, newSize: size2, oldRoot: oldRoot!, newRoot: newRoot!, proof: hashes(proof) }),
    );
  }
});

test('the empty tree and the empty leaf have the hashes of RFC 6962', () => {
  assert.equal(toBase64(EMPTY_ROOT), '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=');
  assert.equal(toBase64(leafHash(new Uint8Array(0))), 'bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=');
});

const leaves = Array.from({ length: 70 }, (_, i) => naiveLeaf(utf8(String(i))));
const upTo = (size: number): Uint8Array[] => leaves.slice(0, size);

test('the root of a list of hashes is that of RFC 6962', () => {
  for (let size = 1; size <= leaves.length; size += 1)
    assert.deepEqual(rootOfHashes(upTo(size)), naiveRoot(upTo(size)));
});

test('every proof of every small tree verifies, and for its own index only', () => {
  for (let size = 1; size <= 40; size += 1) {
    const root = naiveRoot(upTo(size));
    for (let index = 0; index < size; index += 1) {
      const claim = { size, leaf: leaves[index]!, root, proof: naivePath(index, upTo(size)) };
      assert.deepEqual(inclusionOfHashes(upTo(size), index), claim.proof);
      verifyInclusion({ ...claim, index });
      for (let other = 0; other <= size; other += 1) {
        if (other !== index) assert.throws(() => verifyInclusion({ ...claim, index: other }), { code: 'not_included' });
      }
    }
  }
});

test('every two small trees are shown consistent, and a changed one is not', () => {
  for (let newSize = 1; newSize <= leaves.length; newSize += 1) {
    const newRoot = naiveRoot(upTo(newSize));
    for (let oldSize = 1; oldSize <= newSize; oldSize += 1) {
      const claim = { oldSize, newSize, newRoot, proof: naiveProof(oldSize, upTo(newSize)) };
      const old = upTo(oldSize);
      verifyConsistency({ ...claim, oldRoot: naiveRoot(old) });
      assert.throws(() => verifyConsistency({ ...claim, oldRoot: naiveRoot([...old.slice(1), old[0]!, old[0]!]) }), {
        code: 'inconsistent',
      });
    }
  }
});

test('no changed, missing, added or swapped hash passes', () => {
  const at = fc.nat({ max: 9 });
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 70 }), at, fc.nat({ max: 31 }), fc.nat({ max: 69 }), (size, i, byte, n) => {
      const index = n % size;
      const root = naiveRoot(upTo(size));
      const proof = naivePath(index, upTo(size));
      const place = i % proof.length;
      const changed = proof.with(place, proof[place]!.with(byte, proof[place]![byte]! ^ 1));
      for (const wrong of [changed, proof.toSpliced(place, 1), proof.toSpliced(place, 0, proof[place]!)])
        assert.throws(() => verifyInclusion({ index, size, leaf: leaves[index]!, root, proof: wrong }), {
          code: 'not_included',
        });
    }),
  );
});

const vastSize = fc.oneof(
  fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  fc
    .integer({ min: 31, max: 53 })
    .chain((k) => fc.integer({ min: -2, max: 2 }).map((d) => Math.min(2 ** k + d, 2 ** 53 - 1))),
);

test('proofs are verified at sizes beyond 2^32, up to 2^53 - 1', () => {
  fc.assert(
    fc.property(vastSize, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (size, part) => {
      const index = Math.min(Math.floor(size * part), size - 1);
      const claim = { size, leaf: MARKED, root: vastRoot(0, size, index), proof: vastPath(index, size, index) };
      verifyInclusion({ ...claim, index });
      const folded = index % 2 ** 32;
      if (folded !== index) assert.throws(() => verifyInclusion({ ...claim, index: folded }), { code: 'not_included' });
    }),
  );
});

test('a tree of 2^k + 1 entries is a continuation of the tree of 2^k, up to k = 52', () => {
  for (let k = 1; k <= 52; k += 1) {
    const oldSize = 2 ** k;
    const claim = { oldSize, newSize: oldSize + 1, oldRoot: PERFECT[k]!, proof: [MARKED] };
    verifyConsistency({ ...claim, newRoot: vastRoot(0, oldSize + 1, oldSize) });
    assert.throws(() => verifyConsistency({ ...claim, newRoot: vastRoot(0, oldSize + 1, 0) }), {
      code: 'inconsistent',
    });
  }
});

test('numbers that are no sizes and hashes of another length are refused before anything is computed', () => {
  const hash = new Uint8Array(32);
  for (const index of [-1, 0.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY]) {
    assert.throws(() => verifyInclusion({ index, size: 2 ** 53 - 1, leaf: hash, root: hash, proof: [] }), {
      code: 'bad_proof',
    });
    assert.throws(() => verifyInclusion({ index: 0, size: index, leaf: hash, root: hash, proof: [] }), {
      code: 'bad_proof',
    });
    assert.throws(() => verifyConsistency({ oldSize: 1, newSize: index, oldRoot: hash, newRoot: hash, proof: [] }), {
      code: 'bad_proof',
    });
  }
  const short = new Uint8Array(31);
  const claim = { index: 0, size: 1, leaf: hash, root: hash, proof: [] };
  for (const wrong of [
    { leaf: short },
    { root: short },
    { proof: [short] },
    { proof: Array.from({ length: 129 }, () => hash) },
  ])
    assert.throws(() => verifyInclusion({ ...claim, ...wrong }), { code: 'bad_proof' });
});

test('a proof longer than the tree is deep does not pass, though it leads to the root that is claimed', () => {
  const [one, two, three, four, more] = leaves as [Hash, Hash, Hash, Hash, Hash];
  assert.throws(() => verifyInclusion({ index: 0, size: 1, leaf: one, root: nodeHash(more, one), proof: [more] }), {
    code: 'not_included',
  });
  const [oldRoot, newRoot] = [naiveRoot([one, two, three]), naiveRoot([one, two, three, four])];
  const proof = naiveProof(3, [one, two, three, four]);
  verifyConsistency({ oldSize: 3, newSize: 4, oldRoot, newRoot, proof });
  const above = { oldRoot: nodeHash(more, oldRoot), newRoot: nodeHash(more, newRoot), proof: [...proof, more] };
  assert.throws(() => verifyConsistency({ oldSize: 3, newSize: 4, ...above }), { code: 'inconsistent' });
});

test('from the empty log there is no proof, and no log shrinks', () => {
  const root = naiveRoot(upTo(3));
  assert.throws(() => verifyConsistency({ oldSize: 0, newSize: 3, oldRoot: EMPTY_ROOT, newRoot: root, proof: [] }), {
    code: 'bad_proof',
  });
  assert.throws(() => verifyConsistency({ oldSize: 3, newSize: 2, oldRoot: root, newRoot: root, proof: [] }), {
    code: 'inconsistent',
  });
  assert.throws(() => verifyInclusion({ index: 0, size: 0, leaf: root, root: EMPTY_ROOT, proof: [] }), {
    code: 'not_included',
  });
});

test('a tree splits at the largest power of two below its size', () => {
  const expected: [number, number][] = [
    [2, 1],
    [3, 2],
    [4, 2],
    [5, 4],
    [2 ** 32 + 1, 2 ** 32],
    [2 ** 52, 2 ** 51],
    [2 ** 53 - 1, 2 ** 52],
  ];
  for (const [n, k] of expected) assert.equal(splitPoint(n), k);
});
