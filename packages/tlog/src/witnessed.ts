/** What a policy makes of a checkpoint: which log signed it, who has seen it, and how fresh that is. */

import { equalBytes, LetheError } from '@lethe/core';
import { type Checkpoint, parseCheckpoint } from './checkpoint.ts';
import { cosignatureTime, cosignatureVerifier } from './cosignature.ts';
import { EMPTY_ROOT } from './merkle.ts';
import { ed25519Verifier, type NoteVerifier, parseNote, SIGNATURE_TYPE, verifiedSignatures } from './note.ts';
import { hasQuorum, type Policy } from './policy.ts';

/** A checkpoint that a trusted log signed and a quorum of trusted witnesses has seen. */
export interface WitnessedCheckpoint extends Checkpoint {
  /** Text that was signed. */
  text: string;
  /** Times of the witnesses' cosignatures in seconds, by the policy's name of the witness. */
  seen: ReadonlyMap<string, number>;
  /** The latest time at which a whole quorum had seen it, in seconds; undefined if the policy asks for none. */
  quorumTime: number | undefined;
}

/** A policy whose keys are checked and imported, for many checkpoints. */
export interface ReadyPolicy {
  policy: Policy;
  logs: NoteVerifier[];
  witnesses: Map<NoteVerifier, string>;
}

/** Checks and imports a policy's keys, about 1 ms for each. ML-DSA-44 keys are kept and not counted. Throws `bad_public_key`. */
export async function readyPolicy(policy: Policy): Promise<ReadyPolicy> {
  const witnesses = new Map<NoteVerifier, string>();
  for (const { name, key } of policy.witnesses)
    if (key.type === SIGNATURE_TYPE.cosignatureV1) witnesses.set(await cosignatureVerifier(key), name);
  return { policy, logs: await Promise.all(policy.logs.map(({ key }) => ed25519Verifier(key))), witnesses };
}

/**
 * Verifies a checkpoint note in this order: form; signature of a trusted log whose name is the origin; cosignatures; quorum.
 * Throws `bad_note`, `too_large`, `bad_checkpoint`, `note_bad_signature`, `unknown_log`, `no_quorum`.
 */
export async function verifyCheckpoint(bytes: Uint8Array, ready: ReadyPolicy): Promise<WitnessedCheckpoint> {
  const note = parseNote(bytes);
  const checkpoint = parseCheckpoint(note.text);
  if (checkpoint.size === 0 && !equalBytes(checkpoint.root, EMPTY_ROOT))
    throw new LetheError('bad_checkpoint', 'A log without entries has one root only.');
  const verified = await verifiedSignatures(note, [...ready.logs, ...ready.witnesses.keys()]);
  if (!ready.logs.some((log) => verified.has(log) && log.key.name === checkpoint.origin))
    throw new LetheError('unknown_log', 'The checkpoint is not signed by a log that the policy names.');
  const seen = new Map<string, number>();
  for (const [verifier, { signature }] of verified) {
    const name = ready.witnesses.get(verifier);
    if (name !== undefined) seen.set(name, cosignatureTime(signature)!);
  }
  if (!hasQuorum(ready.policy, new Set(seen.keys())))
    throw new LetheError('no_quorum', 'Too few witnesses of the policy have seen this state of the log.');
  return { ...checkpoint, text: note.text, seen, quorumTime: quorumTime(ready.policy, seen) };
}

function quorumTime(policy: Policy, seen: ReadonlyMap<string, number>): number | undefined {
  if (policy.quorum === 'none') return undefined;
  const times = [...new Set(seen.values())].toSorted((a, b) => b - a);
  return times.find((time) => hasQuorum(policy, new Set([...seen].filter(([, t]) => t >= time).map(([name]) => name))));
}
