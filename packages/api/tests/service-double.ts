/**
 * A stand-in for the service at the transport: a real HTTP server that checks real signatures and device lists, with servers that
 * come up after a few polls. For tests of the customer's side alone.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  compareDeviceLists,
  type DeviceList,
  type DsseEnvelope,
  ERROR_STATUS,
  type ErrorCode,
  isChallenge,
  LetheError,
  newSigningSeed,
  newToken,
  newX25519Private,
  openDeviceList,
  type Secret,
  sealStatus,
  signingPublicKey,
  toBase64,
  toBase64Url,
  verifyRequest,
  x25519PublicKey,
} from '@lethe/core';
import type { ServerView } from '../src/schema.ts';

export const CODE = '12345678';

export interface Kept {
  view: ServerView;
  owner: string;
  list: DeviceList;
  node: Secret<'node-sign'>;
}
interface Call {
  method: string;
  path: string;
  query: string;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

export class ServiceDouble implements AsyncDisposable {
  readonly #server: Server;
  url = '';
  vault: { version: number; ciphertext: string | null } = { version: 0, ciphertext: null };
  readonly servers = new Map<string, Kept>();
  readonly vouchers = new Set<string>();
  readonly tokens = new Set<string>();
  issued = 0;
  allowance = 3;
  /** Requests as they arrived, `METHOD path`. */
  readonly seen: string[] = [];
  /** Ends the connection of the next request whose `METHOD path` matches: before or after acting on it. */
  cut: { match: RegExp; when: 'before' | 'after' } | null = null;
  /** Answers the next request whose `METHOD path` matches with an error. */
  refuse: { match: RegExp; code: ErrorCode } | null = null;
  failNext = false;
  /** Told of each request before it is acted on. */
  onCall: ((line: string) => void) | null = null;
  /** What is done to the next answers of servers on their way. */
  tamper: ((sealed: string, kept: Kept, challenge: string) => string | Promise<string>) | null = null;
  endpoints = ['203.0.113.9:40001', '[2001:db8::9]:40001'];

  private constructor() {
    this.#server = createServer((request, response) => void this.#handle(request, response));
  }
  static async start(): Promise<ServiceDouble> {
    const double = new ServiceDouble();
    await new Promise<void>((resolve) => double.#server.listen(0, '127.0.0.1', resolve));
    double.url = `http://127.0.0.1:${(double.#server.address() as AddressInfo).port}`;
    return double;
  }
  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url!, this.url);
    const call = {
      method: request.method!,
      path: url.pathname,
      query: url.search || '?',
      headers: request.headers,
      body: Buffer.concat(chunks),
    };
    const line = `${call.method} ${call.path}`;
    this.seen.push(line);
    this.onCall?.(line);
    const cut = this.cut?.match.test(line) ? this.cut : null;
    if (cut) this.cut = null;
    if (cut?.when === 'before') return void request.socket.destroy();
    let status = 200;
    let answer: unknown;
    try {
      [status, answer] = await this.#route(call, line);
    } catch (error) {
      const known = error instanceof LetheError ? error : new LetheError('internal', String(error));
      status = ERROR_STATUS[known.code];
      answer = { error: { code: known.code, message: known.message } };
    }
    if (cut?.when === 'after') return void request.socket.destroy();
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(answer === undefined ? undefined : JSON.stringify(answer));
  }

  async #route(call: Call, line: string): Promise<[number, unknown]> {
    if (this.refuse?.match.test(line)) {
      const { code } = this.refuse;
      this.refuse = null;
      throw new LetheError(code, 'Refused by the test.');
    }
    const json = call.body.length > 0 ? JSON.parse(call.body.toString()) : undefined;
    if (call.path.startsWith('/api/account')) return this.#accounts(line, call, json);
    if (call.path === '/api/regions') {
      if (call.headers['signature-input'])
        throw new LetheError('bad_request', 'Regions are public: a signature would name the owner.');
      return [
        200,
        {
          regions: [{ id: 'local', name: 'Here', engines: ['container'], defaultEngine: 'container', available: true }],
        },
      ];
    }
    if (call.headers.authorization ?? call.headers.cookie)
      throw new LetheError('bad_request', 'A session was sent to the fleet plane.');
    const signable = { method: call.method, path: call.path, query: call.query, body: new Uint8Array(call.body) };
    const { keyid } = await verifyRequest(signable, call.headers as Record<string, string>, Date.now() / 1000);
    return this.#fleet(call, json, keyid);
  }

  #accounts(line: string, call: Call, json: Record<string, unknown>): [number, unknown] {
    if (call.headers['signature-input'])
      throw new LetheError('bad_request', 'An owner signature was sent to the accounts plane.');
    if (line === 'POST /api/account/codes') return [202, {}];
    if (line === 'POST /api/account/sessions') {
      if (json['code'] !== CODE) throw new LetheError('wrong_code', 'The code is wrong.');
      const token = newToken();
      this.tokens.add(token);
      return [201, { token }];
    }
    if (!this.tokens.has((call.headers.authorization ?? '').replace('Bearer ', '')))
      throw new LetheError('not_signed_in', 'You are not signed in.');
    switch (line) {
      case 'DELETE /api/account/session':
        this.tokens.clear();
        return [204, undefined];
      case 'GET /api/account':
        return [
          200,
          {
            email: 'a@example.net',
            plan: { name: 'free', active: true, serversPerPeriod: this.allowance, issued: this.issued },
            createdOn: '2030-01-01',
          },
        ];
      case 'DELETE /api/account':
        this.vault = { version: 0, ciphertext: null };
        this.tokens.clear();
        return [204, undefined];
      case 'GET /api/account/vault':
        return [200, this.vault];
      case 'PUT /api/account/vault': {
        const next = json as unknown as { version: number; ciphertext: string };
        if (next.version !== this.vault.version + 1) throw new LetheError('stale_counter', 'The vault has changed.');
        this.vault = next;
        return [200, { version: next.version }];
      }
      case 'POST /api/account/vouchers': {
        if (this.issued >= this.allowance)
          throw new LetheError('no_entitlement', 'The allowance of this period is used up.');
        this.issued += 1;
        const voucher = newToken();
        this.vouchers.add(voucher);
        return [201, { voucher }];
      }
      default:
        throw new LetheError('not_found', 'No such endpoint.');
    }
  }

  async #fleet(call: Call, json: Record<string, unknown>, owner: string): Promise<[number, unknown]> {
    if (call.path === '/api/servers') {
      return [
        200,
        { servers: [...this.servers.values()].filter((kept) => kept.owner === owner).map((kept) => kept.view) },
      ];
    }
    const [id, part] = call.path.slice('/api/servers/'.length).split('/') as [string, string | undefined];
    const kept = this.servers.get(id);
    if (!kept && call.method === 'PUT' && !part) return [201, await this.#create(id, owner, json)];
    if (!kept || kept.owner !== owner) throw new LetheError('not_found', 'There is no such server.');
    if (part === 'devices') {
      const list = await openDeviceList(json['devices'] as DsseEnvelope, id, owner);
      compareDeviceLists(kept.list, list);
      kept.list = list;
      this.#advance(kept, { listCounter: list.counter });
    } else if (part === 'status') {
      const challenge = new URLSearchParams(call.query).get('challenge');
      if (!isChallenge(challenge)) throw new LetheError('bad_request', 'The challenge is malformed.');
      const sealed = await statusOf(kept, challenge);
      return [200, { sealed: this.tamper ? await this.tamper(sealed, kept, challenge) : sealed }];
    } else if (part === 'renewal') {
      this.#spend(json['voucher']);
      this.#advance(kept, { leaseUntil: '2030-03-01' });
    } else if (call.method === 'DELETE') {
      this.#advance(kept, { state: 'deleting' });
      return [202, structuredClone(kept.view)];
    } else if (call.method === 'GET' && call.query !== '?') {
      this.#step(kept);
      if (!this.servers.has(id)) throw new LetheError('not_found', 'There is no such server.');
    }
    return [200, kept.view];
  }

  #spend(voucher: unknown): void {
    if (!this.vouchers.delete(voucher as string)) throw new LetheError('voucher_spent', 'The voucher is spent.');
  }

  async #create(id: string, owner: string, json: Record<string, unknown>): Promise<ServerView> {
    const list = await openDeviceList(json['devices'] as DsseEnvelope, id, owner);
    this.#spend(json['voucher']);
    const wireguardKey = toBase64(await x25519PublicKey(newX25519Private('wireguard')));
    const node = newSigningSeed('node-sign');
    const view: ServerView = {
      id,
      region: 'local',
      engine: 'container',
      state: 'wanted',
      stage: null,
      failure: null,
      endpoints: this.endpoints,
      nodeKey: toBase64Url(await signingPublicKey(node)),
      wireguardKey,
      counter: null,
      listCounter: list.counter,
      leaseUntil: '2030-02-01',
      revision: 1,
    };
    this.servers.set(id, { view, owner, list, node });
    return structuredClone(view);
  }

  /** One poll later: the next stage of a birth, the list applied, or gone. */
  #step(kept: Kept): void {
    const { view } = kept;
    if (view.state === 'deleting') this.servers.delete(view.id);
    else if (this.failNext) this.#advance(kept, { state: 'failed', failure: 'port_in_use' });
    else if (view.state === 'wanted') this.#advance(kept, { state: 'starting', stage: 'machine' });
    else if (view.stage === 'machine') this.#advance(kept, { stage: 'network' });
    else if (view.state === 'starting')
      this.#advance(kept, { state: 'ready', stage: 'ready', counter: kept.list.counter });
    else if (view.counter !== kept.list.counter) this.#advance(kept, { counter: kept.list.counter });
  }
  #advance(kept: Kept, change: Partial<ServerView>): void {
    Object.assign(kept.view, change, { revision: kept.view.revision + 1 });
  }
}

/** What a server answers: signed by `node`, about a list with this counter. */
export function statusOf(kept: Kept, challenge: string, { node = kept.node, counter = kept.list.counter } = {}) {
  const devices = kept.list.devices.map(({ key }, index) => ({
    key,
    handshakeAgeS: index === 0 ? 7 : null,
    receivedBytes: 10,
    sentBytes: 20,
  }));
  return sealStatus(
    { counter, settingsCounter: 0, uptimeS: 60, blocked: 0, devices },
    { server: kept.view.id, challenge },
    node,
    kept.list.sealTo,
  );
}
