/**
 * HTTP Message Signatures (RFC 9421) with Ed25519, the one profile Lethe uses: components `@method`, `@path`, `@query` and
 * `content-digest` (RFC 9530, SHA-256), parameters `created`, `nonce`, `keyid` and `alg`. Both sides build the signature base from
 * the same function, so there is one spelling of what is signed.
 */

import { fromBase64, fromBase64Url, toBase64, toBase64Url, utf8 } from './bytes.ts';
import { sign, verify } from './ed25519.ts';
import { LetheError } from './errors.ts';
import { randomBytes } from './random.ts';
import type { Secret } from './secret.ts';

/** Seconds a signature stays valid around the verifier's clock. */
export const SIGNATURE_WINDOW_S = 120;

export interface SignableRequest {
  /** Upper case. */
  method: string;
  /** Path as sent, percent-encoding kept. */
  path: string;
  /** Query with its leading '?', or '?' if there is none (RFC 9421 section 2.2.7). */
  query: string;
  /** The exact body bytes; empty for none. */
  body: Uint8Array<ArrayBuffer>;
}

export interface SignatureHeaders {
  'content-digest': string;
  'signature-input': string;
  signature: string;
}

const COMPONENTS = '("@method" "@path" "@query" "content-digest")';
const INPUT =
  /^lethe=\("@method" "@path" "@query" "content-digest"\);created=(\d{1,12});nonce="([A-Za-z0-9_-]{22})";keyid="([A-Za-z0-9_-]{43})";alg="ed25519"$/;

/** `content-digest` of a body (RFC 9530 section 2). */
export async function contentDigest(body: Uint8Array<ArrayBuffer>): Promise<string> {
  return `sha-256=:${toBase64(new Uint8Array(await crypto.subtle.digest('SHA-256', body)))}:`;
}

const signatureBase = (request: SignableRequest, digest: string, params: string): Uint8Array<ArrayBuffer> =>
  utf8(
    [
      `"@method": ${request.method}`,
      `"@path": ${request.path}`,
      `"@query": ${request.query}`,
      `"content-digest": ${digest}`,
      `"@signature-params": ${params}`,
    ].join('\n'),
  );

/** The headers that sign a request. `keyid` is the base64url public key; `nowSeconds` is Unix time. */
export async function signRequest(
  request: SignableRequest,
  seed: Secret,
  keyid: string,
  nowSeconds: number,
): Promise<SignatureHeaders> {
  const digest = await contentDigest(request.body);
  const params = `${COMPONENTS};created=${Math.floor(nowSeconds)};nonce="${toBase64Url(randomBytes(16))}";keyid="${keyid}";alg="ed25519"`;
  const signature = await sign(seed, signatureBase(request, digest, params));
  return {
    'content-digest': digest,
    'signature-input': `lethe=${params}`,
    signature: `lethe=:${toBase64(signature)}:`,
  };
}

export interface VerifiedRequest {
  /** base64url Ed25519 public key of the signer. */
  keyid: string;
  /** Caller must refuse a nonce it has seen within the window: the signature alone does not stop a replay. */
  nonce: string;
  /** Unix seconds. */
  created: number;
}

function refuse(message: string): never {
  throw new LetheError('bad_signature', message);
}

/** Checks signature, digest and window. Throws `bad_signature` or `signature_expired`. Replay is the caller's to refuse. */
export async function verifyRequest(
  request: SignableRequest,
  headers: Partial<Record<keyof SignatureHeaders, string | undefined>>,
  nowSeconds: number,
): Promise<VerifiedRequest> {
  const input = INPUT.exec(headers['signature-input'] ?? '') ?? refuse('The request is not signed with an owner key.');
  const signature =
    /^lethe=:([A-Za-z0-9+/]{86}==):$/.exec(headers.signature ?? '') ?? refuse('The signature header is malformed.');
  const digest = await contentDigest(request.body);
  if (headers['content-digest'] !== digest) refuse('The body is not the one that was signed.');
  const [, createdText, nonce, keyid] = input as unknown as [string, string, string, string];
  const created = Number(createdText);
  const params = headers['signature-input']!.slice('lethe='.length);
  const valid = await verify(fromBase64Url(keyid), signatureBase(request, digest, params), fromBase64(signature[1]!));
  if (!valid) refuse('The signature does not match the request.');
  if (Math.abs(nowSeconds - created) > SIGNATURE_WINDOW_S) {
    throw new LetheError(
      'signature_expired',
      'The signature is too old or from the future. Check the clock of this device.',
    );
  }
  return { keyid, nonce, created };
}
