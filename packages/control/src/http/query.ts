/** Parameters of the query, which come as text. */

import type { FastifyRequest } from 'fastify';

/** Turns a decimal number in the query into a number before it is checked; everything else is left for the check to refuse. */
export function numberInQuery(name: string) {
  return async (request: FastifyRequest): Promise<void> => {
    const query = request.query as Record<string, unknown>;
    const text = query[name];
    if (typeof text === 'string' && /^\d{1,10}$/.test(text)) query[name] = Number(text);
  };
}
