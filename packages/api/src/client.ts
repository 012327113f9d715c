/**
 * The typed HTTP client. Two clients that never mix: `accounts` carries the session and knows no owner key; `fleet` signs with the
 * owner key and sends no session, not even a cookie, so that the service has nothing in one request that joins the two planes.
 */

import { ERROR_STATUS, type ErrorCode, LetheError, type OwnerKeys, signRequest } from '@lethe/core';
import createFetchClient, { type Middleware } from 'openapi-fetch';
import type { paths } from './schema.ts';

export interface ClientOptions {
  /** Base address of the service, e.g. `http://localhost:8640`; empty in a page served by the service itself. */
  service: string;
  /** The session token, or null to rely on the browser's cookie. */
  token(): Promise<string | null>;
  keys(): Promise<OwnerKeys>;
  fetch?: (request: Request) => Promise<Response>;
}

/** Milliseconds until a request without an answer is given up; a long poll takes up to 25 s by itself. */
const REQUEST_MS = 40_000;

export function createClient(options: ClientOptions) {
  const send = options.fetch ?? ((request: Request) => fetch(request));
  const timed = (request: Request) =>
    send(new Request(request, { signal: AbortSignal.any([request.signal, AbortSignal.timeout(REQUEST_MS)]) }));
  const shared = { baseUrl: options.service, redirect: 'error', cache: 'no-store', fetch: timed } as const;
  const accounts = createFetchClient<paths>({ ...shared, credentials: 'same-origin' });
  const fleet = createFetchClient<paths>({ ...shared, credentials: 'omit' });
  accounts.use(withSession(options.token));
  fleet.use(withSignature(options.keys));
  return { accounts, fleet };
}
export type Client = ReturnType<typeof createClient>;

const withSession = (token: ClientOptions['token']): Middleware => ({
  async onRequest({ request }) {
    const held = await token();
    if (held !== null) request.headers.set('authorization', `Bearer ${held}`);
    return request;
  },
});

/** Signs the exact bytes that will be sent. Requests about regions are public and stay unsigned. */
const withSignature = (keys: ClientOptions['keys']): Middleware => ({
  async onRequest({ request, schemaPath }) {
    if (schemaPath === '/api/regions') return request;
    const owner = await keys();
    const url = new URL(request.url);
    const body = new Uint8Array(await request.clone().arrayBuffer());
    const signable = { method: request.method, path: url.pathname, query: url.search || '?', body };
    const headers = await signRequest(signable, owner.sign, owner.ownerKey, Date.now() / 1000);
    for (const [name, value] of Object.entries(headers)) request.headers.set(name, value);
    return request;
  },
});

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/**
 * The body of a successful answer. Throws `LetheError`: the service's own code and message, `unreachable` if nothing answered,
 * `timeout` if no answer came in time. A request refused for its signature's age, or because the browser sent it twice, is signed and
 * sent again once.
 */
export async function answer<T>(call: () => Promise<Answer<T>>): Promise<T> {
  try {
    return await once(call);
  } catch (error) {
    if (!(error instanceof LetheError) || !['signature_expired', 'replayed'].includes(error.code)) throw error;
    await new Promise((resolve) => setTimeout(resolve, 1100));
    return once(call);
  }
}

async function once<T>(call: () => Promise<Answer<T>>): Promise<T> {
  let result: Answer<T>;
  try {
    result = await call();
  } catch (cause) {
    throw networkError(cause);
  }
  if (result.response.ok) return result.data as T;
  throw serviceError(result.response.status, result.error);
}

function networkError(cause: unknown): LetheError {
  if (cause instanceof LetheError) return cause;
  if (cause instanceof SyntaxError) {
    return new LetheError('unreachable', 'What answered is not a Lethe service. Check the address of the service.', {
      cause,
    });
  }
  if (cause instanceof DOMException && (cause.name === 'TimeoutError' || cause.name === 'AbortError')) {
    return new LetheError('timeout', 'The service did not answer in time. Try again in a moment.', { cause });
  }
  return new LetheError(
    'unreachable',
    'The service cannot be reached. Check its address, that it is running, and your connection.',
    { cause },
  );
}

function serviceError(status: number, body: unknown): LetheError {
  const error = (body as { error?: { code?: unknown; message?: unknown } } | undefined)?.error;
  if (typeof error?.code === 'string' && typeof error.message === 'string' && Object.hasOwn(ERROR_STATUS, error.code)) {
    return new LetheError(error.code as ErrorCode, error.message);
  }
  if (status === 404)
    return new LetheError('not_found', 'The service does not know this. Check the address of the service.');
  if (status >= 502 && status <= 504)
    return new LetheError('unreachable', 'The service is not available right now. Try again in a moment.');
  return new LetheError('internal', `The service answered in a way this program does not understand (HTTP ${status}).`);
}
