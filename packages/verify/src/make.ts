/** Making signed documents: the one spelling that `parseEnvelope` accepts. */

import {
  canonicalBytes,
  type Json,
  LetheError,
  preAuthEncoding,
  type Secret,
  sign,
  signingPublicKey,
  toBase64,
  toBase64Url,
  toHex,
  type VerifyKey,
  verifyWith,
} from '@lethe/core';
import { MAX_ENTRY } from '@lethe/tlog';
import { sha256 } from '@noble/hashes/sha2.js';
import { ALARM_SUBJECT, type Alarm, checkAlarm } from './alarm.ts';
import { canonical, parseEnvelope, STATEMENT_TYPE } from './envelope.ts';
import { checkEvidence, EVIDENCE_SUBJECT, type Evidence } from './evidence.ts';
import { REJECTION_SUBJECT, type Rejection } from './rejection.ts';
import { checkRelease, RELEASE_SUBJECT, type ReleaseDocument } from './release.ts';
import { Shape } from './shape.ts';
import { PREDICATE, statementJson } from './statement.ts';
import { checkTrustRoot, type TrustRootDocument, trustRootName } from './trust-root.ts';

/** An envelope without signatures around a release. Throws `bad_release`, or `too_large` if it could not be logged. */
export function releaseEnvelope(document: ReleaseDocument): Uint8Array<ArrayBuffer> {
  const predicate = document as unknown as Json;
  checkRelease(predicate);
  const subject = { name: RELEASE_SUBJECT, digest: document.image };
  return unsigned(statementJson({ subject, predicateType: PREDICATE.release, predicate }));
}

/** An envelope without signatures around a trust root. Throws `bad_trust_root`. */
export function trustRootEnvelope(document: TrustRootDocument): Uint8Array<ArrayBuffer> {
  const predicate = document as unknown as Json;
  checkTrustRoot(predicate);
  const digest = toHex(sha256(canonicalBytes(predicate)));
  const subject = { name: trustRootName(document.version), digest };
  return unsigned(statementJson({ subject, predicateType: PREDICATE.trustRoot, predicate }));
}

/** An envelope without signatures around a rejection of the change with that digest. */
export function rejectionEnvelope({ change, reason }: Rejection): Uint8Array<ArrayBuffer> {
  const subject = { name: REJECTION_SUBJECT, digest: change };
  return unsigned(statementJson({ subject, predicateType: PREDICATE.rejection, predicate: { reason } }));
}

/** An envelope without signatures around an alarm. Throws `bad_alarm`. */
export function alarmEnvelope(alarm: Alarm): Uint8Array<ArrayBuffer> {
  const predicate = alarm as unknown as Json;
  checkAlarm(predicate);
  const subject = { name: ALARM_SUBJECT, digest: toHex(sha256(canonicalBytes(predicate))) };
  return unsigned(statementJson({ subject, predicateType: PREDICATE.alarm, predicate }));
}

/** An envelope without signatures around evidence. Throws `bad_evidence`. */
export function evidenceEnvelope(evidence: Evidence): Uint8Array<ArrayBuffer> {
  const predicate = evidence as unknown as Json;
  checkEvidence(predicate);
  const subject = { name: EVIDENCE_SUBJECT, digest: toHex(sha256(canonicalBytes(predicate))) };
  return unsigned(statementJson({ subject, predicateType: PREDICATE.evidence, predicate }));
}

/** Room that is left for signatures when an envelope is made. */
const ROOM = 16 * 180;

function unsigned(statement: Json): Uint8Array<ArrayBuffer> {
  const payload = toBase64(canonicalBytes(statement));
  const bytes = canonicalBytes({ payload, payloadType: STATEMENT_TYPE, signatures: [] });
  if (bytes.length + ROOM > MAX_ENTRY)
    throw new LetheError(
      'too_large',
      'The document is too long for the log: about 46,000 bytes of text fit. Nothing was signed.',
    );
  return bytes;
}

/** The envelope with one more signature; unchanged if that key signed it already. */
export async function addSignature(bytes: Uint8Array, seed: Secret): Promise<Uint8Array<ArrayBuffer>> {
  const envelope = readParts(bytes);
  const { payload } = parseEnvelope(bytes);
  const keyid = toBase64Url(await signingPublicKey(seed));
  const sig = toBase64(await sign(seed, preAuthEncoding(STATEMENT_TYPE, payload)));
  const signatures = envelope.signatures.filter((signature) => signature.sig !== sig);
  return canonicalBytes({ ...envelope, signatures: [...signatures, { keyid, sig }] } as unknown as Json);
}

/**
 * The envelope with those signatures alone that one of the keys made, one for each key, in the order of the keys: what strangers added is
 * gone, and one document signed by the same people has one spelling.
 */
export async function keepSignatures(bytes: Uint8Array, keys: readonly VerifyKey[]): Promise<Uint8Array<ArrayBuffer>> {
  const { payload, signed, signatures } = parseEnvelope(bytes);
  const kept: { keyid: string; sig: string }[] = [];
  for (const key of keys) {
    for (const signature of signatures) {
      if (!(await verifyWith(key, signed, signature))) continue;
      kept.push({ keyid: toBase64Url(key.bytes), sig: toBase64(signature) });
      break;
    }
  }
  return canonicalBytes({ payload: toBase64(payload), payloadType: STATEMENT_TYPE, signatures: kept });
}

/** One envelope with the signatures of both, which must be around the same payload. Throws `bad_envelope`, `too_large`. */
export function mergeSignatures(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const shape = new Shape('bad_envelope', 'The envelope');
  const [one, two] = [readParts(a), readParts(b)];
  if (one.payload !== two.payload) return shape.refuse('it is around another document');
  const known = new Set(one.signatures.map(({ sig }) => sig));
  const signatures = [...one.signatures, ...two.signatures.filter(({ sig }) => !known.has(sig))];
  return canonicalBytes({ ...one, signatures } as unknown as Json);
}

interface Parts {
  payload: string;
  payloadType: string;
  signatures: { keyid: string; sig: string }[];
}

/** The fields of an envelope that `parseEnvelope` accepts. */
function readParts(bytes: Uint8Array): Parts {
  parseEnvelope(bytes);
  return canonical(bytes, new Shape('bad_envelope', 'The envelope')) as unknown as Parts;
}
