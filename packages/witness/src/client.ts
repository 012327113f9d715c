/** Asking a witness for its cosignature (C2SP tlog-witness v1.0.0). What it answers is read here and verified by the caller. */

import { type ErrorCode, fromUtf8, LetheError } from '@lethe/core';
import { cosignatureTime, type NoteKey, type NoteSignature, parseSignatureLine } from '@lethe/tlog';
import { SIZE_TYPE } from './answer.ts';
import { type AddCheckpoint, formatRequest } from './request.ts';

/** Longest answer that is read, bytes: a handful of cosignatures, of which ML-DSA-44 has 3.3 kB. */
const MAX_ANSWER = 16_384;

/** Most lines of an answer that are looked at. */
const MAX_LINES = 16;

export type FetchLike = (url: string, init: RequestInit) => Promise<Response>;

export interface Question extends AddCheckpoint {
  /** The witness's key: its line is picked. Without it, the first Ed25519 cosignature. */
  key?: NoteKey;
}

/** A cosignature that nobody has verified yet, or the size that the witness cosigned last: prove from there and ask again. */
export type WitnessAnswer = { line: NoteSignature } | { conflict: number };

/**
 * Asks once. Throws `timeout` and `unreachable` if there is no whole answer, `too_large` and `bad_note` for an answer in another form,
 * and for refusals `bad_request` (400), `note_bad_signature` (403), `unknown_log` (404), `inconsistent` (422), `unreachable` (others).
 */
export async function askWitness(
  url: string,
  question: Question,
  fetchLike: FetchLike = fetch,
  timeoutMs = 10_000,
): Promise<WitnessAnswer> {
  const body = formatRequest(question);
  const signal = AbortSignal.timeout(timeoutMs);
  let response: Response;
  let bytes: Uint8Array | undefined;
  try {
    response = await fetchLike(`${url.replace(/\/$/, '')}/add-checkpoint`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      body,
      // A witness has one address. Whoever can answer for it must not send us elsewhere.
      redirect: 'error',
      signal,
    });
    bytes = await readAtMost(response, MAX_ANSWER);
  } catch (cause) {
    throw signal.aborted
      ? new LetheError('timeout', 'The witness did not answer in time.', { cause })
      : new LetheError('unreachable', 'The witness cannot be reached.', { cause });
  }
  if (!bytes) throw new LetheError('too_large', 'The answer of the witness is too long.');
  if (response.status === 200) return { line: pickLine(bytes, question.key) };
  if (response.status === 409 && isSize(response.headers.get('content-type'))) return { conflict: parseSize(bytes) };
  throw refusal(response.status);
}

/** The body, or undefined if it is longer. */
async function readAtMost(response: Response, limit: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    // Leaving the loop cancels the rest.
    if (length > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function pickLine(bytes: Uint8Array, key: NoteKey | undefined): NoteSignature {
  const text = asText(bytes);
  const lines = text.split('\n');
  if (lines.pop() !== '' || lines.length > MAX_LINES) throw badAnswer();
  const line = lines
    .map(parseSignatureLine)
    .find((one) => (key ? one.name === key.name && one.id === key.id : cosignatureTime(one.signature) !== undefined));
  if (!line) throw badAnswer();
  return line;
}

const isSize = (type: string | null): boolean => type?.split(';')[0]?.trim() === SIZE_TYPE;

function parseSize(bytes: Uint8Array): number {
  const size = /^(0|[1-9]\d{0,15})\n$/.exec(asText(bytes))?.[1];
  if (size === undefined || !Number.isSafeInteger(Number(size))) throw badAnswer();
  return Number(size);
}

function asText(bytes: Uint8Array): string {
  try {
    return fromUtf8(bytes);
  } catch {
    throw badAnswer();
  }
}

const badAnswer = (): LetheError => new LetheError('bad_note', 'The answer of the witness is not a cosignature.');

const REFUSALS: Record<number, [ErrorCode, string]> = {
  400: ['bad_request', 'The witness cannot read the request.'],
  403: ['note_bad_signature', "The witness does not accept the log's signature."],
  404: ['unknown_log', 'The witness does not know this log.'],
  409: ['bad_note', 'The witness does not say which size it has cosigned.'],
  422: ['inconsistent', 'The witness says that the log is not a continuation of what it has cosigned.'],
};

function refusal(status: number): LetheError {
  const [code, message] = REFUSALS[status] ?? ['unreachable', 'The witness does not sign now.'];
  return new LetheError(code, message);
}
