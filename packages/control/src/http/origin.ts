/**
 * Only requests that mean this service are answered. A page elsewhere can have its own name resolve to this machine (DNS rebinding),
 * and would then read answers as its own: but it cannot choose the Host header, nor the Origin.
 */

import type { FastifyReply, FastifyRequest } from 'fastify';

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];
const HARMLESS = new Set(['GET', 'HEAD', 'OPTIONS']);
const MISDIRECTED = 421;

/** The hook: 421 for a Host, or for an Origin of a request that changes something, that is neither the public one nor loopback with our port. */
export function checkOrigin(publicUrl: string) {
  const { host, origin } = new URL(publicUrl);
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const { localPort } = request.raw.socket;
    const own = LOOPBACK.map((name) => new URL(`http://${name}:${localPort}`));
    const from = request.headers.origin;
    const changes = !HARMLESS.has(request.method) || request.headers.upgrade !== undefined;
    const hostFits = [host, ...own.map((url) => url.host)].includes(request.headers.host?.toLowerCase() ?? '');
    const originFits = from === undefined || !changes || [origin, ...own.map((url) => url.origin)].includes(from);
    if (hostFits && originFits) return undefined;
    return reply.code(MISDIRECTED).header('connection', 'close').send(NOT_MEANT);
  };
}

const NOT_MEANT = {
  error: {
    code: 'bad_request',
    message:
      'This request came under a name that is not that of this service. Nothing was changed. Use its public address.',
  },
};
