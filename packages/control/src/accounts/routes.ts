/** The accounts plane over HTTP. Handlers only join a schema to a function of this plane. */

// oxlint-disable oxc/no-async-endpoint-handlers -- the rule is about Express; Fastify awaits its handlers.

import { LetheError } from '@lethe/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { App } from '../http/app.ts';
import type { RequesterOf, RouteLimits } from '../http/limits.ts';
import { Empty, errors, ref } from '../http/schema.ts';
import { closeAccount, describeAccount } from './account.ts';
import { sendCode } from './codes.ts';
import type { AccountsContext } from './context.ts';
import { issueVoucher } from './plan.ts';
import { Account, CodeRequest, Session, SignIn, Vault, VaultUpdate, VaultVersion, Voucher } from './schemas.ts';
import { accountOf, signIn, signOut } from './sessions.ts';
import { readVault, writeVault } from './vault.ts';

const tags = ['accounts'];
const security = [{ session: [] }, { cookie: [] }];
const none = Type.Null({ description: 'Done.' });

export function accountRoutes(app: App, ctx: AccountsContext, limits: RouteLimits, requesterOf: RequesterOf): void {
  const cookie = cookieName(ctx);
  const tokenOf = (request: FastifyRequest): string | undefined => bearerOf(request) ?? cookieOf(request, cookie);
  const me = (request: FastifyRequest): Promise<string> => accountOf(ctx, tokenOf(request));

  app.post(
    '/api/account/codes',
    {
      config: { rateLimit: limits.codes },
      schema: {
        operationId: 'requestCode',
        summary: 'Send a one-time code by e-mail. The answer is the same whether or not there is an account.',
        tags,
        body: ref(CodeRequest),
        response: { 202: ref(Empty), ...errors(400, 429) },
      },
    },
    async (request, reply) => {
      await sendCode(ctx, request.body.email, requesterOf(request));
      return reply.code(202).send({});
    },
  );

  app.post(
    '/api/account/sessions',
    {
      config: { rateLimit: limits.signIns },
      schema: {
        operationId: 'signIn',
        summary: 'Sign in with a one-time code. Makes the account at the first sign-in and sets the cookie.',
        tags,
        body: ref(SignIn),
        response: { 201: ref(Session), ...errors(400, 401, 429) },
      },
    },
    async (request, reply) => {
      const token = await signIn(ctx, request.body.email, request.body.code, requesterOf(request));
      setCookie(ctx, reply, cookie, token);
      return reply.code(201).send({ token });
    },
  );

  app.delete(
    '/api/account/session',
    { schema: { operationId: 'signOut', summary: 'End this session.', tags, security, response: { 204: none } } },
    async (request, reply) => {
      await signOut(ctx, tokenOf(request));
      reply.clearCookie(cookie, cookieOptions(ctx));
      return reply.code(204).send(null);
    },
  );

  app.get(
    '/api/account',
    {
      schema: {
        operationId: 'getAccount',
        summary: 'The account.',
        tags,
        security,
        response: { 200: ref(Account), ...errors(401) },
      },
    },
    async (request) => describeAccount(ctx, await me(request)),
  );

  app.delete(
    '/api/account',
    {
      schema: {
        operationId: 'closeAccount',
        summary: 'Close the account: everything stored about it is deleted now.',
        tags,
        security,
        response: { 204: none, ...errors(401) },
      },
    },
    async (request, reply) => {
      await closeAccount(ctx, await me(request));
      reply.clearCookie(cookie, cookieOptions(ctx));
      return reply.code(204).send(null);
    },
  );

  app.get(
    '/api/account/vault',
    {
      schema: {
        operationId: 'getVault',
        summary: 'The vault as ciphertext.',
        tags,
        security,
        response: { 200: ref(Vault), ...errors(401) },
      },
    },
    async (request) => readVault(ctx, await me(request)),
  );

  app.put(
    '/api/account/vault',
    {
      schema: {
        operationId: 'putVault',
        summary: 'Replace the vault. 409 if another device stored a version in between.',
        tags,
        security,
        body: ref(VaultUpdate),
        response: { 200: ref(VaultVersion), ...errors(400, 401, 409) },
      },
    },
    async (request) => writeVault(ctx, await me(request), request.body.version, request.body.ciphertext),
  );

  app.post(
    '/api/account/vouchers',
    {
      schema: {
        operationId: 'issueVoucher',
        summary: 'A one-time voucher for one server lease. 402 when the allowance of the period is used up.',
        tags,
        security,
        body: ref(Empty),
        response: { 201: ref(Voucher), ...errors(401, 402) },
      },
    },
    async (request, reply) => reply.code(201).send({ voucher: await issueVoucher(ctx, await me(request)) }),
  );
}

/** The `__Host-` prefix makes browsers refuse the cookie from another host or path; it needs TLS. */
const cookieName = (ctx: AccountsContext): string => (ctx.secureCookie ? '__Host-lethe' : 'lethe');

function setCookie(ctx: AccountsContext, reply: FastifyReply, name: string, token: string): void {
  reply.setCookie(name, token, cookieOptions(ctx));
}

/** The same when it is taken back: a browser refuses to touch a `__Host-` cookie by one that is not Secure. */
const cookieOptions = (ctx: AccountsContext) =>
  ({ path: '/', httpOnly: true, sameSite: 'strict', secure: ctx.secureCookie }) as const;

function bearerOf(request: FastifyRequest): string | undefined {
  return /^Bearer ([A-Za-z0-9_-]{43})$/.exec(request.headers.authorization ?? '')?.[1];
}

/** The cookie counts only in requests of our own page: browsers say where a request comes from, and Strict cookies stay home. */
function cookieOf(request: FastifyRequest, name: string): string | undefined {
  const site = request.headers['sec-fetch-site'];
  const token = request.cookies[name];
  if (token !== undefined && site !== undefined && site !== 'same-origin' && site !== 'none') {
    throw new LetheError('not_signed_in', 'This request came from another site. Nothing was changed.');
  }
  return token;
}
