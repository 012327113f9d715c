/**
 * Incidents and alarms over HTTP, for persons of the newest trust root alone, in whatever role. See
 * persons.ts.
 */

// oxlint-disable oxc/no-async-endpoint-handlers -- the rule is about Express; Fastify awaits its handlers.

import { Type } from 'typebox';
import type { App } from '../../http/app.ts';
import type { RouteLimits } from '../../http/limits.ts';
import { Empty, errors, ref } from '../../http/schema.ts';
import type { RequireSignature } from '../../http/signature.ts';
import type { FleetContext } from '../context.ts';
import { requirePerson } from '../persons.ts';
import { AlarmStatus, AlarmTest, CloseIncident, IncidentList, IncidentView } from './schemas.ts';
import { acknowledge, alarmStatus, close, listIncidents } from './view.ts';

const tags = ['incidents'];
const security = [{ personSignature: [] }];
const params = Type.Object({ id: Type.String({ format: 'uuid' }) });

export function incidentRoutes(app: App, ctx: FleetContext, signed: RequireSignature, limits: RouteLimits): void {
  const byPerson = requirePerson(ctx, signed);

  app.get(
    '/api/incidents',
    {
      preValidation: byPerson,
      schema: {
        operationId: 'listIncidents',
        summary:
          'Incidents that are open, and those that were closed in the last 30 days, 500 at most: open and new ones first.',
        tags,
        security,
        querystring: Type.Object({
          begins: Type.Optional(
            Type.String({ pattern: '^[0-9a-f-]{8,36}$', description: 'Only those whose id begins so.' }),
          ),
        }),
        response: { 200: ref(IncidentList), ...errors(400, 401, 403) },
      },
    },
    async (request) => ({ incidents: await listIncidents(ctx, request.query.begins) }),
  );

  app.post(
    '/api/incidents/:id/acknowledge',
    {
      preValidation: byPerson,
      schema: {
        operationId: 'acknowledgeIncident',
        summary: 'A person has taken the incident up. The first one counts.',
        tags,
        security,
        params,
        body: ref(Empty),
        response: { 200: ref(IncidentView), ...errors(400, 401, 403, 404) },
      },
    },
    async (request) => acknowledge(ctx, request.params.id, request.person),
  );

  app.post(
    '/api/incidents/:id/close',
    {
      preValidation: byPerson,
      schema: {
        operationId: 'closeIncident',
        summary: 'Closes an incident that is no longer seen, with its cause.',
        tags,
        security,
        params,
        body: ref(CloseIncident),
        response: { 200: ref(IncidentView), ...errors(400, 401, 403, 404) },
      },
    },
    async (request) => close(ctx, request.params.id, request.person, request.body.cause),
  );

  app.get(
    '/api/alarms',
    {
      preValidation: byPerson,
      schema: {
        operationId: 'alarmStatus',
        summary: 'The channels for alarms, without their addresses, and whether alarms arrive.',
        tags,
        security,
        response: { 200: ref(AlarmStatus), ...errors(401, 403) },
      },
    },
    async () => alarmStatus(ctx),
  );

  app.post(
    '/api/alarms/test',
    {
      preValidation: byPerson,
      config: { rateLimit: limits.joins },
      schema: {
        operationId: 'testAlarms',
        summary: 'Sends a test to every channel and says which took it.',
        tags,
        security,
        body: ref(Empty),
        response: { 200: ref(AlarmTest), ...errors(400, 401, 403) },
      },
    },
    async () => ({ channels: await ctx.alarms.test() }),
  );
}
