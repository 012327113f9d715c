/**
 * What every answer of a server to its owner has in common: signed by the node key together with server and challenge, padded to one
 * size and sealed to the owner (see status.ts for the threats). Each kind of answer has names of its own for seal and signature, so that
 * none can pass for another.
 */

import { concat, fromBase64Url } from './bytes.ts';
import { canonicalBytes, type Json, parseCanonical } from './canonical.ts';
import { preAuthEncoding } from './dsse.ts';
import { sign, verify } from './ed25519.ts';
import { LetheError } from './errors.ts';
import { openSealed, sealTo } from './seal.ts';
import type { Secret } from './secret.ts';

/** One question to one server. */
export interface ServerChallenge {
  server: string;
  /** From `newChallenge`; never used twice. */
  challenge: string;
}

export interface AnswerKind {
  /** Names the purpose of the seal (HPKE info). */
  info: string;
  /** Names the purpose of the signature: what the node key signs is the pre-authentication encoding of DSSE with this type. */
  type: string;
}

/** Bytes of padded plaintext of every answer: all answers look the same on their way. */
export const ANSWER_BYTES = 2048;
const SIGNATURE_BYTES = 64;
const PADDING = 0x20;

/** Signs and seals an answer. Returns base64 of a constant length. Throws `internal` if the answer does not fit. */
export async function sealAnswer(
  kind: AnswerKind,
  answer: object,
  { server, challenge }: ServerChallenge,
  nodeKey: Secret<'node-sign'>,
  ownerSealTo: string,
): Promise<string> {
  const text = canonicalBytes({ ...answer, server, challenge } as unknown as Json);
  if (SIGNATURE_BYTES + text.length > ANSWER_BYTES)
    throw new LetheError('internal', 'The answer does not fit its fixed size.');
  const padded = new Uint8Array(ANSWER_BYTES).fill(PADDING);
  padded.set(concat(await sign(nodeKey, preAuthEncoding(kind.type, text)), text));
  return sealTo(fromBase64Url(ownerSealTo), kind.info, server, padded);
}

/** Opens what `sealAnswer` made. Throws `bad_signature` for anything but this server's answer of this kind to this challenge. */
export async function openAnswer(
  kind: AnswerKind,
  sealed: string,
  key: Secret<'owner-seal'>,
  question: ServerChallenge,
  nodeKey: string,
): Promise<{ [key: string]: Json }> {
  const plaintext = await openSealed(key, kind.info, question.server, sealed);
  const text = withoutPadding(plaintext.slice(SIGNATURE_BYTES));
  const signature = plaintext.slice(0, SIGNATURE_BYTES);
  if (!(await verify(fromBase64Url(nodeKey), preAuthEncoding(kind.type, text), signature))) throw notItsAnswer();
  const { server, challenge, ...answer } = parseCanonical(text) as { [key: string]: Json };
  if (server !== question.server || challenge !== question.challenge) throw notItsAnswer();
  return answer;
}

function withoutPadding(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return bytes.slice(0, bytes.findLastIndex((byte) => byte !== PADDING) + 1);
}

const notItsAnswer = () =>
  new LetheError(
    'bad_signature',
    "What came back is not this server's signed answer to this question, so it says nothing. Nothing was changed. If this goes on, do not trust the service.",
  );
