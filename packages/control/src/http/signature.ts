/** The hook that admits only requests signed by an Ed25519 key (RFC 9421) and tells the handler which key it was. */

import { type Clock, verifyRequest } from '@lethe/core';
import type { FastifyRequest } from 'fastify';
import type { RequesterOf } from './limits.ts';
import type { NonceCache } from './nonces.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The body bytes as received; empty for none. */
    rawBody: Uint8Array<ArrayBuffer>;
    /** base64url key that signed the request; '' where the route needs no signature. */
    signer: string;
  }
}

export type RequireSignature = (request: FastifyRequest) => Promise<void>;

/** Runs before validation, so that nobody without a key learns anything from how a request is refused. */
export function requireSignature(nonces: NonceCache, clock: Clock, requesterOf: RequesterOf): RequireSignature {
  return async (request) => {
    const url = request.raw.url ?? '/';
    const queryAt = url.indexOf('?');
    const now = clock.now() / 1000;
    const verified = await verifyRequest(
      {
        method: request.method,
        path: queryAt === -1 ? url : url.slice(0, queryAt),
        query: queryAt === -1 ? '?' : url.slice(queryAt),
        body: request.rawBody,
      },
      {
        'content-digest': header(request, 'content-digest'),
        'signature-input': header(request, 'signature-input'),
        signature: header(request, 'signature'),
      },
      now,
    );
    nonces.accept(verified, now, requesterOf(request));
    request.signer = verified.keyid;
  };
}

/** A header given once; one given twice is as good as none. */
function header(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}
