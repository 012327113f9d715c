/** Joining the service: once, with a one-time token, signed with the host's own key. The same key again gets the same id. */

import { ERROR_STATUS, type ErrorCode, LetheError, signRequest, utf8 } from '@lethe/core';
import { type HostIdentity, isHostId } from '../identity.ts';

const PATH = '/api/hosts';
const LIMIT_MS = 15_000;

export interface JoinOptions {
  controlUrl: string;
  token: string;
  region: { id: string; name: string };
  identity: HostIdentity;
  signal: AbortSignal;
}

/** The host's id. Throws `unreachable` when there is no answer, else what the control plane refused with. */
export async function joinControl({ controlUrl, token, region, identity, signal }: JoinOptions): Promise<string> {
  const body = utf8(JSON.stringify({ token, hostKey: identity.hostKey, region }));
  const request = { method: 'POST', path: PATH, query: '?', body };
  const headers = await signRequest(request, identity.sign, identity.hostKey, Date.now() / 1000);
  let status: number;
  let answer: { hostId?: unknown; error?: { code?: unknown } };
  try {
    const response = await fetch(new URL(PATH, controlUrl), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]),
    });
    status = response.status;
    answer = (await response.json()) as typeof answer;
  } catch (cause) {
    throw new LetheError('unreachable', 'The control plane does not answer. Nothing was changed.', { cause });
  }
  if (status < 300 && isHostId(answer.hostId)) return answer.hostId;
  const code = answer.error?.code;
  if (status >= 500 || status === 429) {
    throw new LetheError('unreachable', 'The control plane cannot let this host in now. Nothing was changed.');
  }
  throw new LetheError(
    typeof code === 'string' && Object.hasOwn(ERROR_STATUS, code) ? (code as ErrorCode) : 'bad_request',
    'The control plane refused to let this host in. Nothing was changed. Start again with a new join token.',
  );
}
