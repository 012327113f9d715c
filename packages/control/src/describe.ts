/** The API as a document, from the routes themselves, without a database. */

import { Secret } from '@lethe/core';
import type { AccountsContext } from './accounts/context.ts';
import type { FleetContext } from './fleet/context.ts';
import { LIMITS } from './http/limits.ts';
import { buildServer } from './http/server.ts';

/** The OpenAPI 3.1 document that a running service serves at /api/openapi.json. */
export async function describeApi(): Promise<object> {
  const clock = { now: () => 0 };
  // Registering routes only closes over the contexts; no handler runs.
  const accounts = { secureCookie: false, codeSecret: new Secret('token', new Uint8Array(32)) } as AccountsContext;
  const app = await buildServer({
    accounts,
    fleet: {} as FleetContext,
    proof: null,
    clock,
    startedAt: 0,
    limits: LIMITS,
    webRoot: null,
    publicUrl: 'http://localhost',
  });
  const document = app.swagger();
  await app.close();
  return document;
}
