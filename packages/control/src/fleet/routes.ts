/** The fleet plane over HTTP. The owner key that signed a request is the identity; no account is known here. */

// oxlint-disable oxc/no-async-endpoint-handlers -- the rule is about Express; Fastify awaits its handlers.

import { isQuestion, LetheError } from '@lethe/core';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { App } from '../http/app.ts';
import type { RouteLimits } from '../http/limits.ts';
import { numberInQuery } from '../http/query.ts';
import { errors, ref } from '../http/schema.ts';
import type { RequireSignature } from '../http/signature.ts';
import type { FleetContext } from './context.ts';
import { createServer } from './create.ts';
import { deleteServer } from './delete.ts';
import { updateDevices } from './devices.ts';
import { checkHost, type Host, joinHost } from './join.ts';
import { listRegions } from './regions.ts';
import { renewLease } from './renew.ts';
import {
  AskServer,
  CreateServer,
  challenge,
  JoinedHost,
  JoinHost,
  Regions,
  Renewal,
  SealedAnswer,
  SealedStatus,
  ServerList,
  ServerView,
  serverId,
  UpdateDevices,
} from './schemas.ts';
import { askServer } from './status.ts';
import { listServers, showServer, waitForServer } from './view.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The host whose key signed the request for its channel. */
    signedHost: Host;
  }
}

const tags = ['fleet'];
const security = [{ ownerSignature: [] }];
const params = Type.Object({ id: serverId });

/** The base64url key that signed the request; the signature hook ran before every handler that calls this. */
const signer = (request: FastifyRequest): string => request.signer;

export function fleetRoutes(app: App, ctx: FleetContext, signed: RequireSignature, limits: RouteLimits): void {
  app.get(
    '/api/regions',
    {
      schema: { operationId: 'listRegions', summary: 'Where servers can run.', tags, response: { 200: ref(Regions) } },
    },
    async () => ({ regions: await listRegions(ctx) }),
  );

  app.get(
    '/api/servers',
    {
      preValidation: signed,
      schema: {
        operationId: 'listServers',
        summary: 'The servers of the owner key that signed the request.',
        tags,
        security,
        response: { 200: ref(ServerList), ...errors(401) },
      },
    },
    async (request) => ({ servers: await listServers(ctx, signer(request)) }),
  );

  app.put(
    '/api/servers/:id',
    {
      preValidation: signed,
      schema: {
        operationId: 'createServer',
        summary:
          'Make a server. The same request again is answered with the server that exists; no voucher is spent twice.',
        tags,
        security,
        params,
        body: ref(CreateServer),
        response: {
          200: ref(ServerView),
          201: ref(ServerView),
          ...errors(400, 401, 403, 404, 422, 503),
        },
      },
    },
    async (request, reply) => {
      const { view, created } = await createServer(ctx, {
        id: request.params.id,
        owner: signer(request),
        ...request.body,
      });
      return reply.code(created ? 201 : 200).send(view);
    },
  );

  app.get(
    '/api/servers/:id',
    {
      preValidation: [signed, numberInQuery('after')],
      schema: {
        operationId: 'getServer',
        summary: 'One server. With `after`, waits up to 25 s for a revision above it.',
        tags,
        security,
        params,
        querystring: Type.Object({
          after: Type.Optional(Type.Integer({ minimum: 0, description: 'The last revision seen.' })),
        }),
        response: { 200: ref(ServerView), ...errors(400, 401, 404) },
      },
    },
    async (request, reply) => {
      const { after } = request.query;
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      return after === undefined
        ? showServer(ctx, request.params.id, signer(request))
        : waitForServer(ctx, request.params.id, signer(request), after, gone.signal);
    },
  );

  app.put(
    '/api/servers/:id/devices',
    {
      preValidation: signed,
      schema: {
        operationId: 'updateDevices',
        summary: 'Give the server a newer device list. The server itself checks the signature and the counter again.',
        tags,
        security,
        params,
        body: ref(UpdateDevices),
        response: { 200: ref(ServerView), ...errors(400, 401, 404, 409) },
      },
    },
    async (request) => updateDevices(ctx, request.params.id, signer(request), request.body.devices),
  );

  app.get(
    '/api/servers/:id/status',
    {
      preValidation: signed,
      schema: {
        operationId: 'getStatus',
        summary: 'Live status from the memory of the server, signed by it for this challenge and sealed to its owner.',
        tags,
        security,
        params,
        querystring: Type.Object({ challenge }),
        response: { 200: ref(SealedStatus), ...errors(400, 401, 404, 503, 504) },
      },
    },
    async (request) => ({
      sealed: await askServer(ctx, request.params.id, signer(request), {
        question: 'status',
        challenge: request.query.challenge,
        body: null,
      }),
    }),
  );

  app.post(
    '/api/servers/:id/questions',
    {
      preValidation: signed,
      schema: {
        operationId: 'askServer',
        summary:
          'Ask the server itself: what it holds, to take settings, or to forget. Question and answer pass as ciphertext and are kept nowhere.',
        tags,
        security,
        params,
        body: ref(AskServer),
        response: { 200: ref(SealedAnswer), ...errors(400, 401, 404, 503, 504) },
      },
    },
    async (request) => {
      const { question, challenge: nonce, body } = request.body;
      if (!isQuestion(question, body))
        throw new LetheError('bad_request', 'A question comes with a body exactly where it must. Nothing was asked.');
      return {
        sealed: await askServer(ctx, request.params.id, signer(request), { question, challenge: nonce, body }),
      };
    },
  );

  app.post(
    '/api/servers/:id/renewal',
    {
      preValidation: signed,
      schema: {
        operationId: 'renewLease',
        summary: 'Extend the lease by 30 days.',
        tags,
        security,
        params,
        body: ref(Renewal),
        response: { 200: ref(ServerView), ...errors(401, 403, 404) },
      },
    },
    async (request) => renewLease(ctx, request.params.id, signer(request), request.body.voucher),
  );

  app.delete(
    '/api/servers/:id',
    {
      preValidation: signed,
      schema: {
        operationId: 'deleteServer',
        summary: 'End the server. 404 once nothing of it is left.',
        tags,
        security,
        params,
        response: { 202: ref(ServerView), ...errors(401, 404) },
      },
    },
    async (request, reply) => reply.code(202).send(await deleteServer(ctx, request.params.id, signer(request))),
  );

  app.post(
    '/api/hosts',
    {
      preValidation: signed,
      config: { rateLimit: limits.joins },
      schema: {
        operationId: 'joinHost',
        summary: 'A host joins with a one-time token. Signed with the host key like every other signed request.',
        tags: ['hosts'],
        security: [{ hostSignature: [] }],
        body: ref(JoinHost),
        response: { 200: ref(JoinedHost), 201: ref(JoinedHost), ...errors(400, 401, 403) },
      },
    },
    async (request, reply) => {
      const { hostId, joined } = await joinHost(ctx, signer(request), request.body);
      return reply.code(joined ? 201 : 200).send({ hostId });
    },
  );

  app.route({
    method: 'GET',
    url: '/api/hosts/:id/channel',
    preValidation: signed,
    preHandler: async (request) => {
      request.signedHost = await checkHost(ctx, (request.params as { id: string }).id, signer(request));
    },
    schema: {
      operationId: 'hostChannel',
      summary: 'WebSocket of a host: its desired state comes in, its reports go out. Signed with the host key.',
      tags: ['hosts'],
      security: [{ hostSignature: [] }],
      params: Type.Object({ id: Type.String({ format: 'uuid' }) }),
      response: errors(401, 404, 426),
    },
    handler: async (_request, reply) => reply.code(426).send(NOT_A_SOCKET),
    wsHandler: (socket, request) => ctx.channels.open(ctx, request.signedHost, socket),
  });
}

const NOT_A_SOCKET = { error: { code: 'bad_request', message: 'This address is for WebSocket connections of hosts.' } };
