/**
 * Requests of persons of the newest trust root, in whatever role. They are signed by one of their keys as fleet requests are by an owner's.
 * Without a log there is no trust root, and nobody is let in.
 */

import { LetheError } from '@lethe/core';
import type { FastifyRequest } from 'fastify';
import type { App } from '../http/app.ts';
import type { RequireSignature } from '../http/signature.ts';
import type { FleetContext } from './context.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Id of the person of the trust root who signed the request; '' where none needs to. */
    person: string;
  }
}

/** Once for each app, before routes that call for a person. */
export const decorateWithPerson = (app: App): unknown => app.decorateRequest('person', '');

/** Hooks that let nobody in but persons, and say in `request.person` who it is. */
export const requirePerson = (ctx: FleetContext, signed: RequireSignature) => [
  signed,
  async (request: FastifyRequest): Promise<void> => {
    const person = ctx.proof?.personOf(request.signer);
    if (person === undefined)
      throw new LetheError(
        'too_few_approvals',
        'This key is not one of the persons of the trust root. Nothing was changed. Use another key.',
      );
    request.person = person;
  },
];
