/** Evidence over HTTP: to the owner of a server where it stands in the log, to persons of the trust root all servers by day. */

// oxlint-disable oxc/no-async-endpoint-handlers -- the rule is about Express; Fastify awaits its handlers.

import { Type } from 'typebox';
import type { App } from '../../http/app.ts';
import { numberInQuery } from '../../http/query.ts';
import { errors, ref } from '../../http/schema.ts';
import type { RequireSignature } from '../../http/signature.ts';
import type { FleetContext } from '../context.ts';
import { requirePerson } from '../persons.ts';
import { serverId } from '../schemas.ts';
import { EvidenceList, FleetEvidence } from './schemas.ts';
import { fleetEvidence, openingsOf } from './view.ts';

const tags = ['evidence'];

export function evidenceRoutes(app: App, ctx: FleetContext, signed: RequireSignature): void {
  app.get(
    '/api/servers/:id/evidence',
    {
      preValidation: [signed, numberInQuery('before')],
      schema: {
        operationId: 'getEvidence',
        summary: 'Where the server stands in the evidence of its cell, 50 epochs at most, newest first.',
        tags,
        security: [{ ownerSignature: [] }],
        params: Type.Object({ id: serverId }),
        querystring: Type.Object({
          before: Type.Optional(Type.Integer({ minimum: 0, description: 'Only epochs that begin before it.' })),
        }),
        response: { 200: ref(EvidenceList), ...errors(400, 401, 404) },
      },
    },
    async (request) =>
      openingsOf(ctx, request.params.id, request.signer, request.query.before ?? Number.MAX_SAFE_INTEGER),
  );

  app.get(
    '/api/fleet/evidence',
    {
      preValidation: [...requirePerson(ctx, signed), numberInQuery('days')],
      schema: {
        operationId: 'fleetEvidence',
        summary: 'Claim by server by day.',
        tags,
        security: [{ personSignature: [] }],
        querystring: Type.Object({
          days: Type.Optional(Type.Integer({ minimum: 1, maximum: 31, description: 'Days back, today included; 7.' })),
        }),
        response: { 200: ref(FleetEvidence), ...errors(400, 401, 403) },
      },
    },
    async (request) => fleetEvidence(ctx, request.query.days ?? 7),
  );
}
