/**
 * Rate limits without addresses: a key is the HMAC of the client's address prefix under a secret that lives in memory and is
 * replaced every hour, so that neither this process nor a copy of its memory an hour later knows who asked.
 */

import { createHmac, randomBytes } from 'node:crypto';
import { isIPv4 } from 'node:net';
import type { RateLimitPluginOptions } from '@fastify/rate-limit';
import { LetheError } from '@lethe/core';
import type { FastifyRequest } from 'fastify';

export interface Limit {
  max: number;
  timeWindow: number;
}

export interface RouteLimits {
  /** All requests. */
  all: Limit;
  /** Requests for a one-time code. */
  codes: Limit;
  signIns: Limit;
  joins: Limit;
}

const MINUTE_MS = 60_000;
const SECRET_LIFE_MS = 60 * MINUTE_MS;

/** Per address prefix. A home or an office shares a prefix; a page polls once in 25 s. */
export const LIMITS: RouteLimits = {
  all: { max: 3000, timeWindow: MINUTE_MS },
  codes: { max: 30, timeWindow: MINUTE_MS },
  signIns: { max: 60, timeWindow: MINUTE_MS },
  joins: { max: 60, timeWindow: MINUTE_MS },
};

/** The part of an address that one customer holds: an IPv4 /24, an IPv6 /48. */
export function addressPrefix(address: string): string {
  const plain = address.startsWith('::ffff:') && isIPv4(address.slice(7)) ? address.slice(7) : address;
  if (isIPv4(plain)) return plain.split('.').slice(0, 3).join('.');
  const [head = ''] = plain.split('%');
  return expandIpv6(head).slice(0, 3).join(':');
}

function expandIpv6(address: string): string[] {
  const [left = '', right] = address.split('::');
  const start = left === '' ? [] : left.split(':');
  if (right === undefined) return start;
  const end = right === '' ? [] : right.split(':');
  return [...start, ...Array<string>(Math.max(0, 8 - start.length - end.length)).fill('0'), ...end];
}

/** Makes keys from addresses; the secret behind them changes every hour. */
export function limitKeys(now: () => number = Date.now): (address: string) => string {
  let secret = randomBytes(32);
  let born = now();
  return (address) => {
    if (now() - born > SECRET_LIFE_MS) {
      secret = randomBytes(32);
      born = now();
    }
    return createHmac('sha256', secret).update(addressPrefix(address)).digest('base64');
  };
}

/** The key of whoever sent a request. */
export type RequesterOf = (request: FastifyRequest) => string;

export function requesters(): RequesterOf {
  const keyOf = limitKeys();
  return (request) => keyOf(request.ip);
}

/** Options of the rate limit plugin. */
export function limitOptions(limits: RouteLimits, requesterOf: RequesterOf): RateLimitPluginOptions {
  return {
    global: true,
    ...limits.all,
    hook: 'onRequest',
    keyGenerator: requesterOf,
    errorResponseBuilder: () =>
      new LetheError('too_many_requests', 'Too many requests in a short time. Wait a minute, then try again.'),
  };
}
