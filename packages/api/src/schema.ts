/** Types of the HTTP API, in the shape openapi-typescript gives them. */

import type { DsseEnvelope, EngineKind, HostFailure, HostStage } from '@lethe/core';

export interface Account {
  email: string;
  plan: { name: string; active: boolean; serversPerPeriod: number; issued: number };
  /** YYYY-MM-DD. */
  createdOn: string;
}

export interface Region {
  id: string;
  name: string;
  engines: EngineKind[];
  defaultEngine: EngineKind;
  available: boolean;
}

export interface ServerView {
  id: string;
  region: string;
  engine: EngineKind;
  state: 'wanted' | 'starting' | 'ready' | 'failed' | 'deleting';
  stage: HostStage | null;
  failure: HostFailure | null;
  /** `host:port`, IPv6 in brackets. */
  endpoints: string[];
  /** base64, null until the server has enrolled. */
  wireguardKey: string | null;
  /** Counter of the device list in force on the server; null before the first. */
  counter: number | null;
  /** Counter of the list the service holds for it. */
  listCounter: number;
  /** YYYY-MM-DD. */
  leaseUntil: string;
  /** Rises with each change of this view. */
  revision: number;
}

interface Operation<Ok, Body = undefined, Query = undefined, Path = undefined> {
  parameters: {
    query?: Query extends undefined ? never : Query;
    header?: never;
    path: Path extends undefined ? never : Path;
    cookie?: never;
  };
  requestBody: Body extends undefined ? never : { content: { 'application/json': Body } };
  responses: { 200: { headers: Record<string, unknown>; content: { 'application/json': Ok } } };
}
type Bare<Ok, Body = undefined> = Omit<Operation<Ok, Body>, 'parameters'> & {
  parameters: { query?: never; header?: never; path?: never; cookie?: never };
};
type BareGet<Ok> = Omit<Bare<Ok>, 'requestBody'> & { requestBody?: never };
type OnServer<Ok, Body = undefined> = Operation<Ok, Body, undefined, { id: string }>;
type OnServerBare<Ok, Query = undefined> = Omit<Operation<Ok, undefined, Query, { id: string }>, 'requestBody'> & {
  requestBody?: never;
};
type Nothing = Record<string, never>;

export interface paths {
  '/api/account/codes': { post: Bare<Nothing, { email: string }> };
  '/api/account/sessions': { post: Bare<{ token: string }, { email: string; code: string }> };
  '/api/account/session': { delete: BareGet<undefined> };
  '/api/account': { get: BareGet<Account>; delete: BareGet<undefined> };
  '/api/account/vault': {
    get: BareGet<{ version: number; ciphertext: string | null }>;
    put: Bare<{ version: number }, { version: number; ciphertext: string }>;
  };
  '/api/account/vouchers': { post: Bare<{ voucher: string }, Nothing> };
  '/api/regions': { get: BareGet<{ regions: Region[] }> };
  '/api/servers': { get: BareGet<{ servers: ServerView[] }> };
  '/api/servers/{id}': {
    get: OnServerBare<ServerView, { after: number }>;
    put: OnServer<ServerView, { voucher: string; region: string; engine: 'auto' | EngineKind; devices: DsseEnvelope }>;
    delete: OnServerBare<ServerView>;
  };
  '/api/servers/{id}/devices': { put: OnServer<ServerView, { devices: DsseEnvelope }> };
  '/api/servers/{id}/status': { get: OnServerBare<{ sealed: string }> };
  '/api/servers/{id}/renewal': { post: OnServer<ServerView, { voucher: string }> };
}
