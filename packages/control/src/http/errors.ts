/** Every refusal as `{"error":{"code","message"}}`. A message names a field of the request but never repeats what was in it. */

import { LetheError } from '@lethe/core';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';

interface ValidationIssue {
  keyword: string;
  instancePath: string;
  params: Record<string, unknown>;
}

/** The error a person reads, from whatever was thrown. Unknown causes become `internal` without any of their text. */
export function toLetheError(error: unknown): LetheError {
  if (error instanceof LetheError) return error;
  const { validation, validationContext, code, statusCode } = error as FastifyError & { validationContext?: string };
  if (validation) return validationError(validation as unknown as ValidationIssue[], validationContext);
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new LetheError('too_large', 'The request is larger than 64 KiB. Nothing was changed.');
  }
  const known = databaseError(code);
  if (known) return known;
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new LetheError('bad_request', REQUEST_ERRORS[code] ?? 'The request cannot be read. Nothing was changed.');
  }
  return new LetheError(
    'internal',
    'Something went wrong inside the service. Try again; if it stays, tell its operator.',
    {
      cause: error,
    },
  );
}

const REQUEST_ERRORS: Record<string, string> = {
  FST_ERR_CTP_INVALID_JSON_BODY: 'The body is not JSON.',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'The body is empty; it should be JSON.',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'The body should be JSON (content-type application/json).',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'The body has another length than announced.',
};

/** Codes of PostgreSQL and of the socket to it that an operator can act on. */
function databaseError(code: string | undefined): LetheError | undefined {
  if (code === '53100') return new LetheError('disk_full', 'The disk of the service is full. Nothing was changed.');
  const lost = code !== undefined && /^(08|57P|53300)/.test(code);
  if (lost || code === 'ECONNREFUSED' || code === 'ECONNRESET' || code === 'ENOENT' || code === 'EPIPE') {
    return new LetheError(
      'database_failed',
      'The database does not answer. Nothing was changed. Try again in a moment.',
    );
  }
  return undefined;
}

function validationError(issues: readonly ValidationIssue[], context = 'request'): LetheError {
  const issue = issues[0]!;
  const where = fieldOf(issue, context);
  const text = ISSUES[issue.keyword]?.(where, issue.params) ?? `${where} is not as it should be`;
  return new LetheError('bad_request', `${text}. Nothing was changed.`);
}

const ISSUES: Record<string, (where: string, params: Record<string, unknown>) => string> = {
  type: (where, { type }) => `${where} should be of type ${String(type)}`,
  required: (where) => `${where} is missing`,
  additionalProperties: (where) => `${where} has a field that is not known here`,
  enum: (where) => `${where} is not one of the allowed words`,
  pattern: (where) => `${where} is not in its format`,
  format: (where) => `${where} is not in its format`,
  minLength: (where) => `${where} is too short`,
  maxLength: (where) => `${where} is too long`,
  minimum: (where) => `${where} is too small`,
  maximum: (where) => `${where} is too large`,
  minItems: (where) => `${where} has too few entries`,
  maxItems: (where) => `${where} has too many entries`,
};

/** Names the place by the schema's own words: a path made of known properties, never of what the client invented. */
function fieldOf(issue: ValidationIssue, context: string): string {
  const path = issue.instancePath.split('/').slice(1);
  if (issue.keyword === 'required') path.push(String(issue.params['missingProperty']));
  if (path.length > 0) return `The field ${path.join('.')}`;
  return context === 'body' ? 'The body' : context === 'params' ? 'The address' : 'The request';
}

const bodyOf = (error: LetheError) => ({ error: { code: error.code, message: error.message } });

/** Fastify's error handler. Nothing is logged. */
export function answerError(error: unknown, _request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const lethe = toLetheError(error);
  return reply.code(lethe.status).type('application/json').send(bodyOf(lethe));
}

/** Answer to an address of the API that does not exist. */
export const noSuchAddress = (): LetheError => new LetheError('not_found', 'There is nothing at this address.');

/** The answer, as raw HTTP, to bytes that are not HTTP: closed without a word about the sender. */
export const MALFORMED_REQUEST = 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';
