/** The proof plane over HTTP: the log's static files, and changes that wait for signatures. No one is asked who they are. */

// oxlint-disable oxc/no-async-endpoint-handlers -- the rule is about Express; Fastify awaits its handlers.

import fastifyStatic from '@fastify/static';
import { fromUtf8, LetheError } from '@lethe/core';
import { Type } from 'typebox';
import type { App } from '../http/app.ts';
import type { RouteLimits } from '../http/limits.ts';
import { errors, ref } from '../http/schema.ts';
import type { Change } from './changes.ts';
import { ChangeList, ChangeView, ProofStatusView, SubmitChange } from './schemas.ts';
import type { ProofService } from './service.ts';

const tags = ['proof'];
const params = Type.Object({
  id: Type.String({ pattern: '^[0-9a-f]{64}$', description: "Digest of the change's document." }),
});

const view = (change: Change, index: number | null) => ({
  kind: change.kind,
  version: change.version,
  digest: change.digest,
  signedBy: change.signedBy,
  needed: change.needed,
  index,
  envelope: fromUtf8(change.bytes),
});

/** Registers the routes. Without a proof plane there is no log, and every address under it says so. */
export async function proofRoutes(app: App, proof: ProofService | null, limits: RouteLimits): Promise<void> {
  const service = (): ProofService => {
    if (proof) return proof;
    throw new LetheError('not_found', 'This service keeps no log.');
  };
  app.get(
    '/api/proof',
    {
      schema: {
        operationId: 'proofStatus',
        summary: 'State of the log: its size, who may change what, and which witnesses are missing.',
        tags,
        response: { 200: ref(ProofStatusView), ...errors(404) },
      },
    },
    async () => service().status,
  );
  app.get(
    '/api/changes',
    {
      schema: {
        operationId: 'listChanges',
        summary: 'Changes that wait for signatures.',
        tags,
        response: { 200: ref(ChangeList), ...errors(404) },
      },
    },
    async () => ({ changes: (await service().changes()).map((change) => view(change, null)) }),
  );
  app.post(
    '/api/changes',
    {
      config: { rateLimit: limits.joins },
      schema: {
        operationId: 'submitChange',
        summary: 'Hands in a signed change. With signatures enough it is logged, else it waits for more.',
        tags,
        body: ref(SubmitChange),
        response: { 200: ref(ChangeView), ...errors(400, 403, 404, 409, 413, 429) },
      },
    },
    async (request) => {
      const { envelope } = request.body as { envelope: string };
      const { change, index } = await service().submit(new TextEncoder().encode(envelope));
      return view(change, index);
    },
  );
  app.post(
    '/api/changes/:id/reject',
    {
      config: { rateLimit: limits.joins },
      schema: {
        operationId: 'rejectChange',
        summary: 'Takes back a change that waits, with the signature of a person who could have signed it.',
        tags,
        params,
        body: ref(SubmitChange),
        response: { 200: Type.Object({}), ...errors(400, 403, 404, 413) },
      },
    },
    async (request) => {
      const { envelope } = request.body as { envelope: string };
      await service().reject((request.params as { id: string }).id, new TextEncoder().encode(envelope));
      return {};
    },
  );
  if (proof) await serveLog(app, proof.publicDir);
}

/** Tiles never change; the rest may at every round. */
async function serveLog(app: App, directory: string): Promise<void> {
  await app.register(fastifyStatic, {
    root: directory,
    prefix: '/log/',
    decorateReply: false,
    lastModified: false,
    etag: true,
    cacheControl: false,
    index: false,
    dotfiles: 'ignore',
    setHeaders: (reply, path) => {
      const file = path.slice(directory.length + 1);
      const tile = file.startsWith('tile/');
      reply.header('cache-control', tile ? 'public, max-age=31536000, immutable' : 'public, max-age=5');
      reply.header('access-control-allow-origin', '*');
      if (tile) reply.header('content-type', 'application/octet-stream');
      else if (!file.endsWith('.json')) reply.header('content-type', 'text/plain; charset=utf-8');
    },
  });
}
