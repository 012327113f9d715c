/** The web end: every request has the same answer; of TLS only the first message is read. */

import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:net';
import { MAX_HELLO_BYTES, readClientHello } from './client-hello.ts';
import type { Notes } from './seen.ts';

const BODY = 'ok\n';
/** A record of two bytes (RFC 8446, sections 5.1 and 6): fatal, handshake_failure. */
const ALERT = Buffer.from([21, 3, 3, 0, 2, 2, 40]);
/** Milliseconds that a client has to take the alert. */
const ALERT_MS = 1000;
/** Bytes of headers and milliseconds for a request. */
const HTTP_LIMITS = {
  maxHeaderSize: 8192,
  headersTimeout: 5000,
  requestTimeout: 5000,
  connectionsCheckingInterval: 1000,
  requireHostHeader: false,
};

/** Bytes of a request's body; a longer one is cut off without an answer. */
const MAX_BODY = 65_536;

/** One request on a connection. Its body is read and dropped: an answer before its end could be lost in the closing of the connection. */
export function webServer(notes: Notes): Server {
  const server = createHttpServer(HTTP_LIMITS, (request, response) => {
    notes.host({
      host: request.headers.host ?? '',
      path: request.url ?? '',
      from: request.socket.remoteAddress ?? '',
    });
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > MAX_BODY) request.destroy();
    });
    request.on('error', () => {});
    request.on('end', () => {
      response.sendDate = false;
      response.writeHead(200, {
        'content-type': 'text/plain',
        'content-length': BODY.length,
        'cache-control': 'no-store',
        connection: 'close',
      });
      response.end(BODY);
    });
  });
  // Without a listener Node would answer 400 itself.
  server.on('clientError', (_error, socket) => socket.destroy());
  return server;
}

/** Notes the name of the hello and closes with an alert: nothing is decrypted, and there is no certificate. */
export function tlsServer(notes: Notes): Server {
  return createServer((socket) => {
    const from = socket.remoteAddress ?? '';
    let bytes = Buffer.alloc(0);
    let over = false;
    socket.on('data', (chunk: Buffer) => {
      if (over) return;
      bytes = Buffer.concat([bytes, chunk]);
      const hello = readClientHello(bytes);
      if (hello.state === 'more' && bytes.length <= MAX_HELLO_BYTES) return;
      if (hello.state === 'whole' && hello.name !== null) notes.name({ name: hello.name, from });
      over = true;
      bytes = Buffer.alloc(0);
      socket.setTimeout(ALERT_MS);
      socket.end(ALERT);
    });
  });
}
