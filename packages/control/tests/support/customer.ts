/** A customer of the service under test: requests, sign-in, owner key, device lists. */

import {
  type Device,
  type DsseEnvelope,
  newOwnerSeed,
  newServerId,
  newX25519Private,
  type OwnerKeys,
  ownerKeys,
  type Secret,
  signDeviceList,
  signRequest,
  toBase64,
  utf8,
  x25519PublicKey,
} from '@lethe/core';
import type { TestService } from './service.ts';

export interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers of every shape
  body: any;
  headers: Headers;
}

export interface Call {
  body?: unknown;
  token?: string | undefined;
  /** Signs the request. */
  owner?: { sign: Secret; ownerKey: string } | undefined;
  headers?: Record<string, string>;
  /** Unix seconds of the signature; now if missing. */
  signedAt?: number;
  signal?: AbortSignal;
}

type Reached = Pick<TestService, 'url' | 'now'>;

/** Sends a request and reads the answer. */
export async function call(service: Reached, method: string, path: string, request: Call = {}): Promise<Answer> {
  const prepared = await prepare(service, method, path, request);
  return send(service, prepared, request.signal);
}

export interface Prepared {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | null;
}

/** A request ready to be sent, more than once if a test wants to. */
export async function prepare(service: Reached, method: string, path: string, request: Call): Promise<Prepared> {
  const body = request.body === undefined ? null : JSON.stringify(request.body);
  const headers: Record<string, string> = { ...request.headers };
  if (body !== null) headers['content-type'] ??= 'application/json';
  if (request.token) headers['authorization'] = `Bearer ${request.token}`;
  if (request.owner) {
    const [plain, query] = path.split('?') as [string, string | undefined];
    const signable = { method, path: plain, query: query === undefined ? '?' : `?${query}`, body: utf8(body ?? '') };
    const { sign, ownerKey } = request.owner;
    Object.assign(headers, await signRequest(signable, sign, ownerKey, request.signedAt ?? service.now()));
  }
  return { method, path, headers, body };
}

export async function send(service: Reached, request: Prepared, signal?: AbortSignal): Promise<Answer> {
  const { method, headers, body } = request;
  const response = await fetch(service.url + request.path, { method, headers, body, ...(signal && { signal }) });
  const text = await response.text();
  const json = response.headers.get('content-type')?.includes('json');
  return { status: response.status, body: json ? JSON.parse(text) : text, headers: response.headers };
}

/** The code of a mail. */
export const codeOf = (mail: { text: string }): string => /\b(\d{4} \d{4})\b/.exec(mail.text)![1]!;

/** Signs in by e-mail and returns the session token. */
export async function signIn(service: TestService, email: string): Promise<string> {
  await call(service, 'POST', '/api/account/codes', { body: { email } });
  const code = codeOf(await service.nextMail(email.toLowerCase()));
  const { body } = await call(service, 'POST', '/api/account/sessions', { body: { email, code } });
  return body.token;
}

/** A fresh voucher of a signed-in account. */
export async function voucher(service: Reached, token: string): Promise<string> {
  return (await call(service, 'POST', '/api/account/vouchers', { token, body: {} })).body.voucher;
}

export const newOwner = (): Promise<OwnerKeys> => ownerKeys(newOwnerSeed());

export async function newDevice(slot: number): Promise<Device> {
  return { key: toBase64(await x25519PublicKey(newX25519Private('wireguard'))), slot };
}

/** A signed device list. */
export function list(owner: OwnerKeys, server: string, counter: number, devices: Device[] = []): Promise<DsseEnvelope> {
  return signDeviceList({ server, counter, sealTo: owner.sealTo, devicesMayTalk: false, devices }, owner);
}

export interface Wanted {
  id?: string;
  owner: OwnerKeys;
  voucher: string;
  region?: string;
  engine?: string;
}

/** Asks for a server. */
export async function createServer(service: Reached, wanted: Wanted): Promise<Answer & { id: string }> {
  const id = wanted.id ?? newServerId();
  const body = {
    voucher: wanted.voucher,
    region: wanted.region ?? 'home',
    engine: wanted.engine ?? 'auto',
    devices: await list(wanted.owner, id, 1),
  };
  return { id, ...(await call(service, 'PUT', `/api/servers/${id}`, { owner: wanted.owner, body })) };
}
