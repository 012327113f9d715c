/** Whether an entry stands in a log, from its bytes, a proof file and a policy alone. */

import { leafHash, verifyInclusion } from './merkle.ts';
import { parseProof } from './proof.ts';
import { type ReadyPolicy, verifyCheckpoint, type WitnessedCheckpoint } from './witnessed.ts';

/** An entry whose place in a witnessed log is proven. */
export interface ProvenEntry {
  index: number;
  checkpoint: WitnessedCheckpoint;
}

/**
 * Verifies that a witnessed checkpoint of a trusted log includes the entry: form of the proof, then the checkpoint
 * (`verifyCheckpoint`), then inclusion of the exact bytes. Throws the codes of those, `bad_proof`, `not_included`.
 */
export async function verifyEntry(entry: Uint8Array, proofBytes: Uint8Array, ready: ReadyPolicy): Promise<ProvenEntry> {
  const proof = parseProof(proofBytes);
  const checkpoint = await verifyCheckpoint(proof.checkpoint, ready);
  verifyInclusion({
    index: proof.index,
    size: checkpoint.size,
    leaf: leafHash(entry),
    root: checkpoint.root,
    proof: proof.hashes,
  });
  return { index: proof.index, checkpoint };
}
