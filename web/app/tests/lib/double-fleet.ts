/** The fleet plane of the double: servers that are born in stages, device lists that are checked, status that is sealed, settings it really opens. */

import type { Region, ServerView } from '@lethe/api/schema';
import {
  compareDeviceLists,
  type DeviceList,
  type DeviceStatus,
  type DsseEnvelope,
  type HostFailure,
  isQuestion,
  LetheError,
  newSigningSeed,
  openDeviceList,
  openSettings,
  type Secret,
  type ServerSettings,
  sealStatus,
  signingPublicKey,
  toBase64Url,
} from '@lethe/core';
import type { Call, Reply } from './double.ts';

type Stage = NonNullable<ServerView['stage']>;
const STAGES: Stage[] = ['machine', 'booting', 'network', 'tunnel', 'resolver', 'ready'];

interface Row {
  owner: string;
  view: ServerView;
  list: DeviceList;
  nodeKey: string;
  bornAt: number;
  /** In force; null for the default ones. */
  settings: ServerSettings | null;
}

export class Fleet {
  readonly rows = new Map<string, Row>();
  readonly #spent = new Set<string>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #wireguardKey: string;
  readonly #wireguard: Secret<'wireguard'>;
  readonly #node = newSigningSeed('node-sign');
  regions: Region[] = [
    { id: 'ams', name: 'Amsterdam', engines: ['container', 'microvm'], defaultEngine: 'microvm', available: true },
    { id: 'lis', name: 'Lisbon', engines: ['container'], defaultEngine: 'container', available: false },
  ];
  /** Milliseconds between two stages of a birth. */
  stepMs = 30;
  /** A birth stays at this stage until it is cleared. */
  holdAt: Stage | 'wanted' | null = null;
  /** The next birth fails at this stage. */
  failAt: { stage: Stage; failure: HostFailure } | null = null;
  /** Servers that are told to end stay in the state `deleting`. */
  slowDelete = false;
  /** Called once a new list is in force. */
  afterPublish = (): void => {};
  /** Live state by public key, as the server would report it. */
  live = new Map<string, Omit<DeviceStatus, 'key'>>();

  /** Blocked lookups, as the server would report them. */
  blocked = 100;
  /** Milliseconds from "forget" until a server answers again; until then it does not. */
  rebirthMs = 400;

  constructor(wireguard: Secret<'wireguard'>, wireguardKey: string) {
    this.#wireguard = wireguard;
    this.#wireguardKey = wireguardKey;
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  async answer(call: Call): Promise<Reply | null> {
    if (call.path === '/api/regions') return { status: 200, body: { regions: this.regions } };
    const match = /^\/api\/servers(?:\/([0-9a-f]{32})(\/devices|\/status|\/questions|\/renewal)?)?$/.exec(call.path);
    if (!match) return null;
    const owner = call.owner();
    const [, id, sub] = match;
    if (id === undefined) {
      const mine = [...this.rows.values()].filter((row) => row.owner === owner);
      return { status: 200, body: { servers: mine.map((row) => row.view) } };
    }
    if (call.method === 'PUT' && sub === undefined) return this.#create(id, owner, call);
    const row = this.rows.get(id);
    if (!row || row.owner !== owner) throw new LetheError('not_found', 'There is no such server.');
    if (call.method === 'GET' && sub === undefined) return this.#look(id, Number(call.query.get('after') ?? -1));
    if (call.method === 'DELETE') return this.#delete(row);
    if (sub === '/devices') return this.#publish(row, call);
    if (sub === '/questions') return this.#question(row, call);
    if (sub === '/status')
      return { status: 200, body: { sealed: await this.#status(row, call.query.get('challenge') ?? '') } };
    return null;
  }

  async #create(id: string, owner: string, { body }: Call): Promise<Reply> {
    const voucher = String(body.voucher);
    if (this.rows.has(id)) return { status: 200, body: this.rows.get(id)!.view };
    if (this.#spent.has(voucher)) throw new LetheError('voucher_spent', 'The voucher is spent.');
    const list = await openDeviceList(body.devices as DsseEnvelope, id, owner);
    this.#spent.add(voucher);
    const engine = body.engine === 'container' ? 'container' : 'microvm';
    const view: ServerView = {
      id,
      region: String(body.region),
      engine,
      state: 'wanted',
      stage: null,
      failure: null,
      endpoints: ['vpn.example.net:51900', '[2001:db8::7]:51900'],
      nodeKey: null,
      wireguardKey: null,
      counter: null,
      listCounter: list.counter,
      leaseUntil: '2026-12-21',
      revision: 1,
    };
    const nodeKey = toBase64Url(await signingPublicKey(this.#node));
    const row: Row = { owner, view, list, nodeKey, bornAt: Date.now(), settings: null };
    this.rows.set(id, row);
    this.#later(() => this.#step(row, 0));
    return { status: 201, body: view };
  }

  #step(row: Row, index: number): void {
    const before = index === 0 ? 'wanted' : STAGES[index - 1];
    const stage = STAGES[index];
    if (!stage) return;
    if (this.holdAt === before) {
      this.#later(() => this.#step(row, index));
      return;
    }
    if (this.failAt?.stage === stage) {
      this.change(row, { state: 'failed', stage, failure: this.failAt.failure });
      this.failAt = null;
      return;
    }
    const ready = stage === 'ready';
    this.change(row, {
      stage,
      state: ready ? 'ready' : 'starting',
      ...(ready && { nodeKey: row.nodeKey, wireguardKey: this.#wireguardKey, counter: row.view.listCounter }),
    });
    this.#later(() => this.#step(row, index + 1));
  }

  change(row: Row, change: Partial<ServerView>): void {
    row.view = { ...row.view, ...change, revision: row.view.revision + 1 };
  }

  async #look(id: string, after: number): Promise<Reply> {
    for (let tries = 0; tries < 500 && this.rows.get(id)?.view.revision === after; tries += 1) {
      await new Promise<void>((resolve) => this.#later(resolve, 20));
    }
    const row = this.rows.get(id);
    if (!row) throw new LetheError('not_found', 'There is no such server.');
    return { status: 200, body: row.view };
  }

  async #publish(row: Row, { body }: Call): Promise<Reply> {
    const next = await openDeviceList(body.devices as DsseEnvelope, row.view.id, row.owner);
    if (compareDeviceLists(row.list, next) === 'newer') {
      row.list = next;
      this.change(row, { listCounter: next.counter });
      this.#later(() => {
        this.change(row, { counter: next.counter });
        this.afterPublish();
      });
    }
    return { status: 200, body: row.view };
  }

  /** What a server does with a question: opens settings with its own key and takes newer ones; forgets and is away meanwhile. */
  async #question(row: Row, { body: { question, challenge, body } }: Call): Promise<Reply> {
    if (!isQuestion(question, body)) throw new LetheError('bad_request', 'A question comes with a body where it must.');
    if (question === 'forget') return this.#forget(row);
    if (question === 'settings') {
      const next = await openSettings(String(body), row.view.id, row.owner, this.#wireguard);
      if (next.counter > (row.settings?.counter ?? 0)) row.settings = next;
    }
    return { status: 200, body: { sealed: await this.#status(row, String(challenge)) } };
  }

  #forget(row: Row): Reply {
    row.bornAt = Date.now() + this.rebirthMs;
    this.live.clear();
    this.blocked = 0;
    return { status: 200, body: { sealed: '' } };
  }

  async #status(row: Row, challenge: string): Promise<string> {
    if (Date.now() < row.bornAt) throw new LetheError('unreachable', 'The server is being born again.');
    const devices = row.list.devices.map(({ key }) => ({
      key,
      ...(this.live.get(key) ?? { handshakeAgeS: null, receivedBytes: 0, sentBytes: 0 }),
    }));
    const uptimeS = Math.floor((Date.now() - row.bornAt) / 1000);
    const question = { server: row.view.id, challenge };
    const settingsCounter = row.settings?.counter ?? 0;
    const { blocked } = this;
    const status = { counter: row.view.counter ?? 0, settingsCounter, uptimeS, blocked, devices };
    return sealStatus(status, question, this.#node, row.list.sealTo);
  }

  #delete(row: Row): Reply {
    this.change(row, { state: 'deleting' });
    if (!this.slowDelete) this.#later(() => this.rows.delete(row.view.id), 100);
    return { status: 202, body: row.view };
  }

  #later(work: () => void, ms = this.stepMs): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, ms);
    this.#timers.add(timer);
  }
}
