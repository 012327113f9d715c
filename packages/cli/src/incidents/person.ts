/** Requests of a person of the trust root to a service: every one is signed (RFC 9421). */

import { signRequest, utf8 } from '@lethe/core';
import { parse, request } from '../change/service.ts';
import { openSigner, type SignerFlags } from '../change/signer.ts';
import type { Io } from '../io.ts';

const MAX_ANSWER = 4_000_000;

export type PersonRequest = <T>(method: 'GET' | 'POST', path: string, body?: object, query?: string) => Promise<T>;

/** Opens the key of the flags, asks for its passphrase if it has one, and speaks for its person. */
export async function personRequest(io: Io, flags: SignerFlags): Promise<PersonRequest> {
  const signer = await openSigner(io, flags);
  const seed = await signer.unlock();
  return async <T>(method: 'GET' | 'POST', path: string, body?: object, query = '?'): Promise<T> => {
    const text = body && JSON.stringify(body);
    const signable = { method, path, query, body: utf8(text ?? '') };
    const headers = { ...(await signRequest(signable, seed, signer.publicKey, Date.now() / 1000)) };
    return parse(
      await request(io.service, query === '?' ? path : path + query, MAX_ANSWER, {
        headers,
        ...(text !== undefined && { body: text }),
      }),
    ) as T;
  };
}
