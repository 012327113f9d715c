/**
 * A small stand-in for the service: the endpoints the page uses, in memory, with the checks that make it a test of the page:
 * signatures, nonces and device lists are verified with core, live status is really sealed, the vault really has versions.
 */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ERROR_STATUS, LetheError, newX25519Private, toBase64, verifyRequest, x25519PublicKey } from '@lethe/core';
import { Accounts } from './double-accounts.ts';
import { Fleet } from './double-fleet.ts';
import { pageFile, securityHeaders } from './double-page.ts';

export interface Call {
  method: string;
  path: string;
  query: URLSearchParams;
  body: Record<string, unknown>;
  session: string | undefined;
  /** Owner key of a verified signature; asking for it on an unsigned request throws. */
  owner(): string;
}
export interface Reply {
  status: number;
  body?: unknown;
  cookie?: string;
}

export interface Double {
  url: string;
  accounts: Accounts;
  fleet: Fleet;
  /** Answers API requests whose path starts with one of these with 503 `unreachable`. */
  down: Set<string>;
  /** Milliseconds every API answer is held back. */
  delayMs: number;
  /** What arrived, for assertions about what the page sends. */
  seen: { method: string; path: string; cookie: boolean; signed: boolean; body: string }[];
  close(): Promise<void>;
}

export async function startDouble(webRoot: string): Promise<Double> {
  const wireguard = newX25519Private('wireguard');
  const wireguardKey = toBase64(await x25519PublicKey(wireguard));
  const nonces = new Set<string>();
  const double = {
    accounts: new Accounts(),
    fleet: new Fleet(wireguard, wireguardKey),
    down: new Set<string>(),
    delayMs: 0,
    seen: [] as Double['seen'],
  };
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => fail(response, error));
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://double');
    if (!url.pathname.startsWith('/api/')) return pageFile(webRoot, url.pathname, response);
    const raw = new Uint8Array(Buffer.concat(await request.toArray()));
    double.seen.push({
      method: request.method ?? '',
      path: url.pathname,
      cookie: request.headers.cookie !== undefined,
      signed: request.headers.signature !== undefined,
      body: new TextDecoder().decode(raw),
    });
    if (double.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, double.delayMs));
    if ([...double.down].some((prefix) => url.pathname.startsWith(prefix))) {
      throw new LetheError('unreachable', 'The service is told to fail by the test.');
    }
    const owner = await ownerOf(request, url, raw);
    const call: Call = {
      method: request.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      body: raw.length > 0 ? JSON.parse(new TextDecoder().decode(raw)) : {},
      session: /lethe=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1],
      owner: () => owner ?? refuse(),
    };
    const reply = (await double.accounts.answer(call)) ??
      (await double.fleet.answer(call)) ?? {
        status: 404,
        body: { error: { code: 'not_found', message: 'No such address.' } },
      };
    send(response, reply);
  }

  async function ownerOf(request: IncomingMessage, url: URL, body: Uint8Array<ArrayBuffer>): Promise<string | null> {
    if (request.headers.signature === undefined) return null;
    const headers = request.headers as Record<string, string>;
    const signable = { method: request.method ?? '', path: url.pathname, query: url.search || '?', body };
    const { keyid, nonce } = await verifyRequest(signable, headers, Date.now() / 1000);
    if (nonces.has(nonce)) throw new LetheError('replayed', 'This request was sent before.');
    nonces.add(nonce);
    return keyid;
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    double.fleet.stop();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return Object.assign(double, { url: `http://localhost:${port}`, close });
}

const refuse = (): never => {
  throw new LetheError('bad_signature', 'The request is not signed with an owner key.');
};

function send(response: ServerResponse, reply: Reply): void {
  const headers: Record<string, string> = { ...securityHeaders, 'content-type': 'application/json' };
  if (reply.cookie !== undefined) headers['set-cookie'] = `lethe=${reply.cookie}; Path=/; HttpOnly; SameSite=Strict`;
  response.writeHead(reply.status, headers);
  response.end(reply.body === undefined ? undefined : JSON.stringify(reply.body));
}

function fail(response: ServerResponse, error: unknown): void {
  const { code, message } = error instanceof LetheError ? error : new LetheError('internal', 'The double broke.');
  send(response, { status: ERROR_STATUS[code], body: { error: { code, message } } });
}
