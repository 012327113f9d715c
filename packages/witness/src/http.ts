/**
 * The HTTP server of a witness. Whoever can reach it may ask, so all that a client can make it hold is bounded: bytes, time,
 * connections. Nothing about a request or its sender is kept, printed or sent back.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Answer, REFUSED } from './answer.ts';
import { MAX_BODY } from './request.ts';
import type { Witness } from './witness.ts';

/** What a client may take up. Times in milliseconds. */
export interface Limits {
  /** Open connections; one more is closed at once. */
  connections: number;
  /** Until the headers of a request are there, and until all of it is. */
  headersMs: number;
  requestMs: number;
  /** Without a byte in either direction, and without a request on an open connection. */
  idleMs: number;
  keepAliveMs: number;
  /** For requests that are open when the witness ends. */
  endMs: number;
}

/** A log and its operators need few connections; a body of 70 kB comes in 10 s over 56 kbit/s. */
export const LIMITS: Limits = {
  connections: 128,
  headersMs: 5_000,
  requestMs: 10_000,
  idleMs: 15_000,
  keepAliveMs: 10_000,
  endMs: 3_000,
};

const MAX_HEADER_BYTES = 8_192;
const MAX_HEADERS = 64;

/** A server that is not listening yet. Requests that come before `witness` resolves wait for it. */
export function witnessServer(witness: Promise<Witness>, limits: Limits): Server {
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.keepAliveMs,
      connectionsCheckingInterval: Math.min(1_000, limits.headersMs),
    },
    (request, response) => {
      // A client that goes away is no event; a witness that did not start answers nobody.
      witness.then((ready) => serve(ready, request, response)).catch(() => response.destroy());
    },
  );
  server.maxConnections = limits.connections;
  server.maxHeadersCount = MAX_HEADERS;
  server.timeout = limits.idleMs;
  server.on('clientError', answerBroken);
  return server;
}

async function serve(witness: Witness, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const id = /^\/([0-9a-f]{64})\/checkpoint$/.exec(request.url ?? '')?.[1];
  if (id !== undefined) {
    const reads = request.method === 'GET' || request.method === 'HEAD';
    return send(response, reads ? await witness.latest(id) : REFUSED.method, 'GET, HEAD');
  }
  if (request.url !== '/add-checkpoint') return send(response, REFUSED.notFound);
  if (request.method !== 'POST') return send(response, REFUSED.method, 'POST');
  const body = await readBody(request);
  if (body === 'too long') {
    // What is still on its way is not read.
    response.setHeader('connection', 'close');
    return send(response, REFUSED.tooLong);
  }
  return send(response, await witness.add(body));
}

/** Sends an answer; `allow` lists the methods that are right, for a method that is not. */
function send(response: ServerResponse, { status, type, body }: Answer, allow?: string): void {
  response.sendDate = false;
  if (status === 405 && allow !== undefined) response.setHeader('allow', allow);
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(body);
}

/** The body, or `too long` as soon as that is known. Rejects if the client goes away. */
function readBody(request: IncomingMessage): Promise<Uint8Array | 'too long'> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY) return Promise.resolve('too long');
  const chunks: Buffer[] = [];
  let length = 0;
  return new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > MAX_BODY) {
        request.pause();
        resolve('too long');
      } else chunks.push(chunk);
    });
    request.once('end', () => resolve(Buffer.concat(chunks)));
    request.once('error', reject);
  });
}

/** Bytes that are not HTTP, headers that are too large, a request that takes too long: one line, and the end of the connection. */
function answerBroken(error: NodeJS.ErrnoException, socket: Duplex): void {
  const line =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? '408 Request Timeout'
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? '431 Request Header Fields Too Large'
        : '400 Bad Request';
  if (socket.writable) socket.write(`HTTP/1.1 ${line}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  socket.destroy();
}
