/** A host that speaks the host protocol over a real connection and does what a test tells it to. */

import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ControlToHost,
  canonicalBytes,
  type DesiredServer,
  type Enrolment,
  HOST_PROTOCOL,
  type HostToControl,
  newSigningSeed,
  newX25519Private,
  type Secret,
  sign,
  signingPublicKey,
  signRequest,
  toBase64,
  toBase64Url,
  x25519PublicKey,
} from '@lethe/core';
import { type Answer, call } from './customer.ts';
import { type TestService, until } from './service.ts';

export type FromControl = ControlToHost & { gone?: string[] };
type Desired = Extract<FromControl, { type: 'desired' }>;

export interface HostKeys {
  sign: Secret<'host-sign'>;
  ownerKey: string;
}

export async function newHostKeys(): Promise<HostKeys> {
  const seed = newSigningSeed('host-sign');
  return { sign: seed, ownerKey: toBase64Url(await signingPublicKey(seed)) };
}

type Reached = Pick<TestService, 'url' | 'now'>;

export const HOME = { id: 'home', name: 'Home' };

/** Joins with a token; the answer is the service's. */
export function join(service: Reached, keys: HostKeys, token: string, region = HOME): Promise<Answer> {
  return call(service, 'POST', '/api/hosts', { owner: keys, body: { token, hostKey: keys.ownerKey, region } });
}

/** An open channel of a joined host. */
export class TestHost {
  readonly received: FromControl[] = [];
  readonly socket: WebSocket;
  readonly closed: Promise<number>;
  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.addEventListener('message', ({ data }) => this.received.push(JSON.parse(String(data)) as FromControl));
    this.closed = new Promise((resolve) => socket.addEventListener('close', ({ code }) => resolve(code)));
  }

  /** Opens the channel. Rejects if the service refuses. */
  static async dial(service: Reached, keys: HostKeys, hostId: string): Promise<TestHost> {
    const path = `/api/hosts/${hostId}/channel`;
    const request = { method: 'GET', path, query: '?', body: new Uint8Array(0) };
    const headers = { ...(await signRequest(request, keys.sign, keys.ownerKey, service.now())) };
    const socket = new WebSocket(service.url.replace('http', 'ws') + path, { headers } as never);
    const host = new TestHost(socket);
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener('open', () => resolve());
      socket.addEventListener('error', () => reject(new Error('the channel was refused')));
    });
    return host;
  }

  send(message: HostToControl | Record<string, unknown>): void {
    this.socket.send(JSON.stringify(message));
  }

  hello(fields: Partial<Extract<HostToControl, { type: 'hello' }>> = {}): void {
    this.send({
      type: 'hello',
      protocol: HOST_PROTOCOL,
      engines: ['container'],
      defaultEngine: 'container',
      publicAddresses: ['vpn.example', '2001:db8::1'],
      ports: { first: 40000, count: 8 },
      ...fields,
    });
  }

  /** The newest desired state. */
  get desired(): Desired | undefined {
    return this.received.findLast((message): message is Desired => message.type === 'desired');
  }

  /** Waits for a desired state that fits. */
  wants(fits: (desired: Desired) => boolean): Promise<Desired> {
    return until(() => (this.desired && fits(this.desired) ? this.desired : undefined));
  }

  /** Waits until a server is desired. */
  async server(id: string): Promise<DesiredServer> {
    const find = (desired: Desired) => desired.servers.find(({ server }) => server === id);
    return find(await this.wants((desired) => find(desired) !== undefined))!;
  }

  /** Closes and waits until the service has seen it. */
  async hangUp(): Promise<void> {
    this.socket.close();
    await Promise.race([this.closed, sleep(5000)]);
  }
}

/** Joins as a new host of region `home` and says hello. */
export async function connectHost(
  service: TestService,
  hello: Parameters<TestHost['hello']>[0] = {},
  region = HOME,
): Promise<TestHost & { keys: HostKeys; hostId: string }> {
  const keys = await newHostKeys();
  const { body } = await join(service, keys, await service.control.joinToken(), region);
  const host = await TestHost.dial(service, keys, body.hostId);
  host.hello(hello);
  await host.wants(() => true);
  return Object.assign(host, { keys, hostId: body.hostId as string });
}

/** What a server enrols with. */
export async function enrolment(
  server: string,
  token: string,
  fields: Partial<Enrolment> = {},
  seed: Secret<'node-sign'> = newSigningSeed('node-sign'),
): Promise<Enrolment> {
  const unsigned = {
    server,
    token,
    nodeKey: toBase64Url(await signingPublicKey(seed)),
    wireguardKey: toBase64(await x25519PublicKey(newX25519Private('wireguard'))),
  };
  const signature = toBase64(await sign(seed, canonicalBytes(unsigned)));
  return { ...unsigned, signature, ...fields };
}
