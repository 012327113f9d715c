/** The HTTP server: one Fastify instance without any log, on which both planes register their routes. */

// oxlint-disable oxc/no-async-endpoint-handlers -- the rule is about Express; Fastify awaits its handlers.

import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import websocket from '@fastify/websocket';
import type { Clock } from '@lethe/core';
import Fastify, { type FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { AccountsContext } from '../accounts/context.ts';
import { accountRoutes } from '../accounts/routes.ts';
import { ACCOUNT_SCHEMAS } from '../accounts/schemas.ts';
import type { FleetContext } from '../fleet/context.ts';
import { evidenceRoutes } from '../fleet/evidence/routes.ts';
import { EVIDENCE_SCHEMAS } from '../fleet/evidence/schemas.ts';
import { incidentRoutes } from '../fleet/incidents/routes.ts';
import { INCIDENT_SCHEMAS } from '../fleet/incidents/schemas.ts';
import { decorateWithPerson } from '../fleet/persons.ts';
import { fleetRoutes } from '../fleet/routes.ts';
import { FLEET_SCHEMAS } from '../fleet/schemas.ts';
import { proofRoutes } from '../proof/routes.ts';
import { PROOF_SCHEMAS } from '../proof/schemas.ts';
import type { ProofService } from '../proof/service.ts';
import type { App } from './app.ts';
import { answerError, MALFORMED_REQUEST } from './errors.ts';
import { headerOptions, PERMISSIONS_POLICY } from './headers.ts';
import { limitOptions, type RouteLimits, requesters } from './limits.ts';
import { NonceCache } from './nonces.ts';
import { OPENAPI_OPTIONS } from './openapi.ts';
import { checkOrigin } from './origin.ts';
import { servePage } from './page.ts';
import { DsseEnvelope, Empty, ErrorAnswer } from './schema.ts';
import { requireSignature } from './signature.ts';

/** Longest request body in bytes. */
export const BODY_LIMIT = 64 * 1024;
/** Longest message on a host's channel in bytes: a full desired state is ours to send, reports are small. */
const CHANNEL_LIMIT = 64 * 1024;

export interface ServerOptions {
  accounts: AccountsContext;
  fleet: FleetContext;
  /** The log, or null for a service without one. */
  proof: ProofService | null;
  clock: Clock;
  /** When this process started (Unix milliseconds): signatures from before are refused. */
  startedAt: number;
  limits: RouteLimits;
  /** Directory of the built page, or null. */
  webRoot: string | null;
  /** Where customers reach the service. */
  publicUrl: string;
}

/** Builds the server; the caller starts to listen. */
export async function buildServer(options: ServerOptions): Promise<App> {
  const app = Fastify({
    logger: false,
    requestIdHeader: false,
    trustProxy: false,
    bodyLimit: BODY_LIMIT,
    // Time for a request to come in whole; waiting for an answer is not meant.
    requestTimeout: 30_000,
    forceCloseConnections: true,
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false, allErrors: false } },
    frameworkErrors: answerError,
    clientErrorHandler: (_error, socket) => {
      if (socket.writable) socket.write(MALFORMED_REQUEST);
      socket.destroy();
    },
  }).withTypeProvider<TypeBoxTypeProvider>();
  app.setErrorHandler(answerError);
  readBodies(app);
  addSchemas(app);
  const requesterOf = requesters();
  await app.register(helmet, headerOptions(new URL(options.publicUrl).protocol === 'https:'));
  app.addHook('onRequest', checkOrigin(options.publicUrl));
  await app.register(rateLimit, limitOptions(options.limits, requesterOf));
  await app.register(cookie);
  await app.register(websocket, { options: { maxPayload: CHANNEL_LIMIT, perMessageDeflate: false } });
  await app.register(swagger, OPENAPI_OPTIONS);
  const nonces = new NonceCache(options.startedAt / 1000);
  await app.register(async (scope) => {
    const routes = scope.withTypeProvider<TypeBoxTypeProvider>();
    accountRoutes(routes, options.accounts, options.limits, requesterOf);
    const signed = requireSignature(nonces, options.clock, requesterOf);
    fleetRoutes(routes, options.fleet, signed, options.limits);
    decorateWithPerson(routes);
    incidentRoutes(routes, options.fleet, signed, options.limits);
    evidenceRoutes(routes, options.fleet, signed);
    serviceRoutes(routes);
    await proofRoutes(routes, options.proof, options.limits);
  });
  await servePage(app, options.webRoot);
  await app.ready();
  return app;
}

/** Keeps the exact bytes of a body beside its parsed value, because signatures cover bytes. */
function readBodies(app: App): void {
  app.decorateRequest('rawBody', null as unknown as Uint8Array<ArrayBuffer>);
  app.decorateRequest('signer', '');
  app.addHook('onRequest', async (request, reply) => {
    request.rawBody = new Uint8Array(0);
    reply.header('permissions-policy', PERMISSIONS_POLICY);
    if (request.url.startsWith('/api/')) reply.header('cache-control', 'no-store');
  });
  app.removeAllContentTypeParsers();
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request: FastifyRequest, body: Buffer, done) => {
    request.rawBody = new Uint8Array(body);
    parse(request, body.toString('utf8'), done);
  });
}

function addSchemas(app: App): void {
  const planes = [ACCOUNT_SCHEMAS, FLEET_SCHEMAS, EVIDENCE_SCHEMAS, INCIDENT_SCHEMAS, PROOF_SCHEMAS].flat();
  for (const schema of [ErrorAnswer, Empty, DsseEnvelope, ...planes]) app.addSchema(schema);
}

function serviceRoutes(app: App): void {
  app.get(
    '/api/health',
    {
      schema: {
        operationId: 'health',
        summary: 'Whether the service answers.',
        tags: ['service'],
        response: { 200: Type.Object({ ok: Type.Boolean() }) },
      },
    },
    async () => ({ ok: true }),
  );
  app.get('/api/openapi.json', { schema: { hide: true } }, async () => app.swagger());
}
