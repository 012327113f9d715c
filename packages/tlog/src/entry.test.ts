import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concat, fromUtf8, utf8 } from '@lethe/core';
import { entryText, numbered } from '../tests/lib/memory-log.ts';
import { signedCheckpoint, signer, witness } from '../tests/lib/signers.ts';
import { verifyEntry } from './entry.ts';
import { parsePolicy } from './policy.ts';
import { formatProof, type TlogProof } from './proof.ts';
import { proveInclusion, TileHashes } from './prove.ts';
import { readyPolicy } from './witnessed.ts';

const SIZE = 700;
const log = await signer('log.example', 1);
const wit = await witness('w.example', 11);
const tree = new TileHashes(SIZE, numbered(SIZE).read);
const root = await tree.root();
const seen = [{ by: wit, at: 1000 }];
const checkpoint = await signedCheckpoint(log, SIZE, root, seen);
const policy = await readyPolicy(parsePolicy(utf8(`log ${log.vkey}\nwitness W ${wit.vkey}\nquorum W\n`)));

const entry = (index: number): Uint8Array => utf8(entryText(index));
const proofOf = async (index: number): Promise<TlogProof> => ({
  index,
  hashes: await proveInclusion(tree, index),
  checkpoint,
});

test('an entry, its proof and a policy are enough', async () => {
  for (const index of [0, 1, 255, 256, 511, 512, 699]) {
    const proven = await verifyEntry(entry(index), formatProof(await proofOf(index)), policy);
    assert.equal(proven.index, index);
    assert.deepEqual([proven.checkpoint.size, proven.checkpoint.quorumTime], [SIZE, 1000]);
  }
});

test('the one entry of a log needs no hash', async () => {
  const one = numbered(1);
  const signed = await signedCheckpoint(log, 1, one.edge.root(), seen);
  const proof = formatProof({ index: 0, hashes: [], checkpoint: signed });
  assert.equal((await verifyEntry(entry(0), proof, policy)).index, 0);
  await assert.rejects(verifyEntry(entry(1), proof, policy), { code: 'not_included' });
});

test('other bytes are not included, not even one byte more', async () => {
  const proof = formatProof(await proofOf(300));
  for (const bytes of [entry(301), new Uint8Array(0), concat(entry(300), utf8(' ')), entry(300).subarray(1)])
    await assert.rejects(verifyEntry(bytes, proof, policy), { code: 'not_included' });
});

test('an inner node does not pass for an entry', async () => {
  const two = numbered(2);
  const node = concat(...two.leaves);
  const signed = await signedCheckpoint(log, 1, two.edge.root(), seen);
  await assert.rejects(verifyEntry(node, formatProof({ index: 0, hashes: [], checkpoint: signed }), policy), {
    code: 'not_included',
  });
});

test('another number, a missing or a changed hash is not included', async () => {
  const proof = await proofOf(300);
  const [first, ...rest] = proof.hashes;
  for (const wrong of [
    { index: 301 },
    { index: 299 },
    { index: SIZE },
    { index: 2 ** 53 - 1 },
    { hashes: rest },
    { hashes: [] },
    { hashes: [...proof.hashes, first!] },
    { hashes: [first!.with(31, first![31]! ^ 0x80), ...rest] },
    { hashes: [rest[0]!, first!, ...rest.slice(1)] },
  ])
    await assert.rejects(verifyEntry(entry(300), formatProof({ ...proof, ...wrong }), policy), {
      code: 'not_included',
    });
});

test('an extra is read by nobody', async () => {
  const proof = formatProof({ ...(await proofOf(3)), extra: utf8('index 4\n') });
  assert.equal((await verifyEntry(entry(3), proof, policy)).index, 3);
});

test('the checkpoint is judged as it would be alone', async () => {
  const proof = await proofOf(3);
  const stranger = await signer('stranger.example', 2);
  const forged = fromUtf8(checkpoint).replace('\n700\n', '\n701\n');
  for (const [signed, code] of [
    [utf8('nonsense'), 'bad_note'],
    [utf8(forged), 'note_bad_signature'],
    [await signedCheckpoint(log, SIZE, root), 'no_quorum'],
    [await signedCheckpoint(stranger, SIZE, root, seen), 'unknown_log'],
  ] as const)
    await assert.rejects(verifyEntry(entry(3), formatProof({ ...proof, checkpoint: signed }), policy), { code });
});

test('what is no proof file is refused', async () => {
  await assert.rejects(verifyEntry(entry(3), checkpoint, policy), { code: 'bad_proof' });
  await assert.rejects(verifyEntry(entry(3), new Uint8Array(80_001), policy), { code: 'too_large' });
});

test('a proof against the smaller tree of an older checkpoint holds for that tree', async () => {
  const old = new TileHashes(300, numbered(300).read);
  const signed = await signedCheckpoint(log, 300, await old.root(), seen);
  const proof = { index: 299, hashes: await proveInclusion(old, 299), checkpoint: signed };
  assert.equal((await verifyEntry(entry(299), formatProof(proof), policy)).checkpoint.size, 300);
  await assert.rejects(verifyEntry(entry(299), formatProof({ ...proof, checkpoint }), policy), {
    code: 'not_included',
  });
});
