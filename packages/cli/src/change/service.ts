/** The proof plane of a service over HTTP. Everything that comes back is a claim until it is verified; sizes are bounded before. */

import { ERROR_STATUS, type ErrorCode, fromUtf8, LetheError } from '@lethe/core';

const REQUEST_MS = 40_000;

/** Longest answers in bytes: a document or a proof of the log, and a list of changes that wait (16 of 64 KiB, and what stands around). */
const MAX_DOCUMENT = 100_000;
const MAX_LIST = 2_500_000;

export interface ProofClient {
  /** Exact bytes of a public file of the log, such as `root/1.json`. Throws `not_found`, `unreachable`, `timeout`, `too_large`. */
  file(path: string): Promise<Uint8Array<ArrayBuffer>>;
  /** Envelopes of the changes that wait. */
  waiting(): Promise<Uint8Array<ArrayBuffer>[]>;
  /** Hands in a signed change. Returns the number of its entry, or null while it waits. Throws the codes of the service too. */
  submit(envelope: Uint8Array): Promise<number | null>;
  reject(digest: string, envelope: Uint8Array): Promise<void>;
}

export function proofClient(service: string): ProofClient {
  const post = (path: string, envelope: Uint8Array) =>
    request(service, path, MAX_DOCUMENT, { body: JSON.stringify({ envelope: fromUtf8(envelope) }) });
  return {
    file: (path) => request(service, `/log/${path}`, MAX_DOCUMENT),
    async waiting() {
      const { changes } = parse(await request(service, '/api/changes', MAX_LIST)) as { changes?: unknown };
      if (!Array.isArray(changes)) throw notLethe();
      return changes.map((change: { envelope?: unknown } | null) => {
        if (typeof change?.envelope !== 'string') throw notLethe();
        return new TextEncoder().encode(change.envelope);
      });
    },
    async submit(envelope) {
      const { index } = parse(await post('/api/changes', envelope)) as { index?: unknown };
      return Number.isSafeInteger(index) ? (index as number) : null;
    },
    async reject(digest, envelope) {
      await post(`/api/changes/${digest}/reject`, envelope);
    },
  };
}

/** Sends a request, a POST if it has a body. Throws `unreachable`, `timeout`, `too_large` and the codes of the service. */
export async function request(
  service: string,
  path: string,
  max: number,
  { body, headers }: { body?: string; headers?: Record<string, string> } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const response = await fetch(new URL(path, service), {
      redirect: 'error',
      cache: 'no-store',
      credentials: 'omit',
      signal: AbortSignal.timeout(REQUEST_MS),
      ...(headers && { headers }),
      ...(body !== undefined && {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body,
      }),
    });
    const bytes = await readAtMost(response, max);
    if (!response.ok) throw serviceError(response.status, bytes);
    return bytes;
  } catch (cause) {
    if (cause instanceof LetheError) throw cause;
    if (cause instanceof DOMException && cause.name === 'TimeoutError')
      throw new LetheError('timeout', 'The service did not answer in time. Try again in a moment.', { cause });
    throw new LetheError(
      'unreachable',
      'The service cannot be reached. Check its address, that it is running, and your connection.',
      { cause },
    );
  }
}

async function readAtMost(response: Response, max: number): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.length;
    if (size > max) throw new LetheError('too_large', 'The answer of the service is too long. Nothing was changed.');
    parts.push(part);
  }
  return new Uint8Array(Buffer.concat(parts));
}

function serviceError(status: number, bytes: Uint8Array): LetheError {
  let error: { code?: unknown; message?: unknown } | undefined;
  try {
    error = (JSON.parse(fromUtf8(bytes)) as { error?: typeof error } | null)?.error;
  } catch {
    error = undefined;
  }
  const { code, message } = error ?? {};
  if (typeof code === 'string' && typeof message === 'string' && Object.hasOwn(ERROR_STATUS, code))
    return new LetheError(code as ErrorCode, message);
  if (status === 404)
    return new LetheError('not_found', 'The service does not know this. Check the address of the service.');
  return new LetheError('unreachable', `The service is not available right now (HTTP ${status}). Try again later.`);
}

/** The JSON object of an answer. Throws `unreachable`. */
export function parse(bytes: Uint8Array): object {
  try {
    const value: unknown = JSON.parse(fromUtf8(bytes));
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Said below.
  }
  throw notLethe();
}

const notLethe = (): LetheError =>
  new LetheError('unreachable', 'What answered is not a Lethe service. Check the address of the service.');
