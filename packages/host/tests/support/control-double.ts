/**
 * The control plane's side of the protocol for tests: lets hosts join, checks their signatures as the real one does, sends the desired
 * state, and remembers what hosts said. Whole and strict where hosts depend on it, without a database.
 */

import { createServer, type Server as HttpServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type ControlToHost,
  canonicalBytes,
  type DesiredServer,
  type Enrolment,
  fromBase64,
  fromBase64Url,
  type HostToControl,
  newToken,
  verify,
  verifyRequest,
} from '@lethe/core';
import { type WebSocket, WebSocketServer } from 'ws';

export class ControlDouble {
  /** What hosts said, in order. */
  readonly heard: HostToControl[] = [];
  /** What is wanted; `push` sends it. */
  readonly desired = new Map<string, DesiredServer>();
  /** Servers that should be gone, until the host has said so. */
  readonly deleting = new Set<string>();
  /** Enrolled public keys by server. */
  readonly enrolled = new Map<string, Enrolment>();
  readonly joinTokens = new Set<string>();
  readonly hosts = new Map<string, string>();
  connections = 0;
  joins = 0;
  /** Answers no enrolment, as if the answers were lost. */
  deaf = false;
  #http: HttpServer | undefined;
  #port = 0;
  readonly #sockets = new Set<WebSocket>();

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** A new one-time join token. */
  token(): string {
    const token = newToken();
    this.joinTokens.add(token);
    return token;
  }

  /** Listens, at the same port as before after `stop`. */
  async start(): Promise<void> {
    const http = createServer((request, response) => {
      void this.#join(request).then(([status, body]) => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      });
    });
    const channels = new WebSocketServer({ noServer: true });
    http.on('upgrade', (request, socket, head) => {
      void this.#admit(request).then((admitted) => {
        if (!admitted) return void socket.end('HTTP/1.1 404 Not Found\r\n\r\n');
        channels.handleUpgrade(request, socket, head, (channel) => this.#open(channel));
      });
    });
    await new Promise<void>((resolve) => http.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (http.address() as AddressInfo).port;
    this.#http = http;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.terminate();
    const http = this.#http;
    this.#http = undefined;
    http?.closeAllConnections();
    if (http) await new Promise((resolve) => http.close(resolve));
  }

  /** Sends the desired state to every host. */
  push(): void {
    this.send({ type: 'desired', servers: [...this.desired.values()], gone: [...this.deleting] });
  }

  /** Ends a server. */
  delete(server: string): void {
    this.desired.delete(server);
    this.deleting.add(server);
    this.push();
  }

  send(message: ControlToHost): void {
    this.sendRaw(JSON.stringify(message));
  }

  sendRaw(text: string): void {
    for (const socket of this.#sockets) socket.send(text);
  }

  /** The newest message of a type about a server. */
  last<Type extends HostToControl['type']>(
    type: Type,
    server: string,
  ): Extract<HostToControl, { type: Type }> | undefined {
    return this.heard.findLast(
      (message): message is Extract<HostToControl, { type: Type }> =>
        message.type === type && 'server' in message && message.server === server,
    );
  }

  /** The state a server was last said to be in. */
  state(server: string): string | undefined {
    const message = this.heard.findLast(
      (entry) =>
        (entry.type === 'stage' || entry.type === 'failed' || entry.type === 'gone') && entry.server === server,
    );
    if (message?.type === 'stage') return message.stage;
    return message?.type === 'failed' ? `failed ${message.failure}` : message?.type;
  }

  async #join(request: IncomingMessage): Promise<[number, object]> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = new Uint8Array(Buffer.concat(chunks));
    const signed = await verifyRequest(
      { method: request.method!, path: request.url!, query: '?', body },
      request.headers as Record<string, string>,
      Date.now() / 1000,
    );
    const { token, hostKey, region } = JSON.parse(Buffer.from(body).toString()) as Record<string, string>;
    if (request.url !== '/api/hosts' || signed.keyid !== hostKey || !region)
      return [400, { error: { code: 'bad_request' } }];
    if (!this.joinTokens.delete(token!)) return [403, { error: { code: 'bad_voucher' } }];
    this.joins += 1;
    const known = [...this.hosts].find(([, key]) => key === hostKey)?.[0];
    const hostId = known ?? `host-${this.hosts.size + 1}`;
    this.hosts.set(hostId, hostKey);
    return [201, { hostId }];
  }

  async #admit(request: IncomingMessage): Promise<boolean> {
    const id = /^\/api\/hosts\/([^/]+)\/channel$/.exec(request.url ?? '')?.[1];
    try {
      const signed = await verifyRequest(
        { method: 'GET', path: request.url!, query: '?', body: new Uint8Array(0) },
        request.headers as Record<string, string>,
        Date.now() / 1000,
      );
      return id !== undefined && this.hosts.get(id) === signed.keyid;
    } catch {
      return false;
    }
  }

  #open(socket: WebSocket): void {
    this.connections += 1;
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.terminate());
    socket.on('message', (data) => void this.#handle(JSON.parse(String(data)) as HostToControl));
  }

  async #handle(message: HostToControl): Promise<void> {
    this.heard.push(message);
    if (message.type === 'hello') this.push();
    if (message.type === 'gone') this.deleting.delete(message.server);
    if (message.type === 'enrol' && !this.deaf) {
      const accepted = await this.#enrol(message.enrolment);
      this.send({ type: 'enrolled', server: message.enrolment.server, accepted });
    }
  }

  async #enrol(enrolment: Enrolment): Promise<boolean> {
    const wanted = this.desired.get(enrolment.server);
    const { signature, ...fields } = enrolment;
    const genuine = await verify(fromBase64Url(enrolment.nodeKey), canonicalBytes(fields), fromBase64(signature));
    const before = this.enrolled.get(enrolment.server);
    if (!wanted || !genuine) return false;
    if (before) return before.nodeKey === enrolment.nodeKey && before.wireguardKey === enrolment.wireguardKey;
    if (enrolment.token !== wanted.enrolmentToken) return false;
    this.enrolled.set(enrolment.server, enrolment);
    this.desired.set(enrolment.server, { ...wanted, enrolmentToken: null });
    return true;
  }
}
