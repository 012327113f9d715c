/** Changed checkpoints, proofs and entries are refused with a documented code, or say exactly what was signed. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ErrorCode, equalBytes, utf8 } from '@lethe/core';
import fc from 'fast-check';
import { verifyEntry } from '../src/entry.ts';
import { parseNote } from '../src/note.ts';
import { parsePolicy } from '../src/policy.ts';
import { formatProof } from '../src/proof.ts';
import { proveInclusion, TileHashes } from '../src/prove.ts';
import { readyPolicy, verifyCheckpoint } from '../src/witnessed.ts';
import { entryText, numbered } from './lib/memory-log.ts';
import { mutated } from './lib/mutations.ts';
import { unlessRejected } from './lib/refusals.ts';
import { signedCheckpoint, signer, witness } from './lib/signers.ts';

const RUNS = { numRuns: 2000 };
const CODES: ErrorCode[] = [
  'bad_note',
  'bad_checkpoint',
  'note_bad_signature',
  'unknown_log',
  'no_quorum',
  'too_large',
];

const log = await signer('log.example', 1);
const wit = await witness('w.example', 11);
const tree = new TileHashes(300, numbered(300).read);
const note = await signedCheckpoint(log, 300, await tree.root(), [{ by: wit, at: 1_700_000_000 }]);
const proof = formatProof({ index: 7, hashes: await proveInclusion(tree, 7), checkpoint: note, extra: utf8('extra') });
const policy = await readyPolicy(parsePolicy(utf8(`log ${log.vkey}\nwitness W ${wit.vkey}\nquorum W\n`)));

test('no change of a note changes the checkpoint or the time that are accepted', async () => {
  const { text } = parseNote(note);
  await fc.assert(
    fc.asyncProperty(mutated(note), async (bytes) => {
      const checkpoint = await unlessRejected(CODES, verifyCheckpoint(bytes, policy));
      if (checkpoint) assert.deepEqual([checkpoint.text, checkpoint.quorumTime], [text, 1_700_000_000]);
    }),
    RUNS,
  );
});

test('no change of a proof proves another place, and no changed entry is proven', async () => {
  const judged = async (entry: Uint8Array, bytes: Uint8Array): Promise<number | undefined> =>
    (await unlessRejected([...CODES, 'bad_proof', 'not_included'], verifyEntry(entry, bytes, policy)))?.index;
  const entry = utf8(entryText(7));
  await fc.assert(
    fc.asyncProperty(mutated(proof), mutated(entry), async (changedProof, changedEntry) => {
      const index = await judged(entry, changedProof);
      assert.ok(index === undefined || index === 7);
      assert.equal(await judged(changedEntry, proof), equalBytes(changedEntry, entry) ? 7 : undefined);
    }),
    RUNS,
  );
});
