/** The page: static files of the built web app, or a plain text that says how to get them. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from './app.ts';
import { answerError, noSuchAddress } from './errors.ts';

const NO_PAGE =
  'This service runs without its page. `lethe up` builds the page before it starts the service.\nThe API is at /api/openapi.json.\n';

/** Serves the files under `webRoot`. Addresses inside the app (no file, asked for as HTML) get its start page. */
export async function servePage(app: App, webRoot: string | null): Promise<void> {
  const built = webRoot !== null && existsSync(join(webRoot, 'index.html'));
  if (built) {
    await app.register(fastifyStatic, {
      root: webRoot,
      lastModified: false,
      decorateReply: true,
      cacheControl: false,
      setHeaders: cacheForEver,
    });
  }
  app.setNotFoundHandler((request, reply) => {
    if (!isPageRequest(request)) return answerError(noSuchAddress(), request, reply);
    if (built) return reply.header('cache-control', 'no-cache').sendFile('index.html');
    return plainAnswer(request, reply);
  });
}

/** Files under assets/ have the hash of their content in their name: a browser never needs to ask for one again. */
function cacheForEver(reply: { header(name: string, value: string): unknown }, path: string): void {
  if (/\/assets\/[^/]+$/.test(path)) reply.header('cache-control', 'public, max-age=31536000, immutable');
}

const isPageRequest = (request: FastifyRequest): boolean =>
  request.method === 'GET' &&
  !request.url.startsWith('/api/') &&
  (request.headers.accept === undefined || /text\/html|\*\/\*/.test(request.headers.accept)) &&
  !/\.[a-z0-9]+$/i.test(request.url.split('?')[0]!);

function plainAnswer(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (request.url.split('?')[0] !== '/') return answerError(noSuchAddress(), request, reply);
  return reply.code(200).type('text/plain; charset=utf-8').send(NO_PAGE);
}
