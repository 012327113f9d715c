/**
 * Clean runs of our own servers: the whole service with one of its engines, a customer with a server, a device and its traffic, and the
 * owner's audit of it. Nobody spoilt anything, so any contrary finding is a false alarm.
 */

import { join } from 'node:path';
import type { AuditReport } from '@lethe/audit/audit';
import type { EngineKind } from '@lethe/core';
import { PLACES, TestInternet } from '@lethe/testkit';
import { Customer } from '../demo/customer.ts';
import { Service } from '../demo/service.ts';
import type { EntryResult } from './run-entry.ts';

const CLIENT = 'client';

export class OwnServers implements AsyncDisposable {
  readonly #net: TestInternet;
  readonly #service: Service;
  readonly #engine: EngineKind;
  #runs = 0;

  private constructor(net: TestInternet, service: Service, engine: EngineKind) {
    this.#net = net;
    this.#service = service;
    this.#engine = engine;
  }

  /** Starts the service with an engine. Throws what kept it from starting; nothing is left then. */
  static async start(engine: EngineKind): Promise<OwnServers> {
    const net = await TestInternet.create({ clients: [{ name: CLIENT, ipv4: true, ipv6: true }] });
    const service = new Service(net, { engine, dataDir: join(net.directory, 'service') });
    const own = new OwnServers(net, service, engine);
    try {
      await service.start();
    } catch (error) {
      await own[Symbol.asyncDispose]().catch(() => {}); // the first error says more
      throw error;
    }
    return own;
  }

  /** One server from its birth to its end. Never throws: what fails is a run that could not be done. */
  async run(id: string): Promise<EntryResult> {
    const began = performance.now();
    const title = `a server of ours, ${this.#engine}, in use`;
    const done = (part: Pick<EntryResult, 'outcome' | 'reason' | 'findings'>): EntryResult => ({
      id,
      title,
      ms: Math.round(performance.now() - began),
      ...part,
    });
    try {
      return done(judged(await this.#auditOne()));
    } catch (error) {
      return done({ outcome: 'not-runnable', findings: [], reason: (error as Error).message.slice(0, 300) });
    }
  }

  async #auditOne(): Promise<AuditReport> {
    this.#runs += 1;
    const customer = new Customer(this.#net, this.#service, `clean-${this.#runs}`);
    await customer.signUp();
    const { id } = await customer.createServer();
    try {
      await using device = await customer.connectNewDevice('phone', CLIENT, 'ipv4');
      await device.handshake();
      await device.ping(device.conf.dns[0]!, { count: 1, waitS: 10 });
      await device.fetch(`http://${PLACES.web.ipv4}/`);
      return await customer.audit(id);
    } finally {
      await customer.lethe('server', 'delete', id, '--yes');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#service.stop();
      this.#service.forget();
    } finally {
      await this.#net[Symbol.asyncDispose]();
    }
  }
}

/** Clean is nothing contrary and nothing that could not be told, with the positive control found. */
function judged({ checks, positiveControl }: AuditReport): Pick<EntryResult, 'outcome' | 'reason' | 'findings'> {
  const contrary = checks.flatMap((check) => check.contrary);
  const findings = contrary.flatMap(({ title, claims }) => claims.map((claim) => ({ claim, title })));
  if (!positiveControl) return { outcome: 'not-runnable', findings: [], reason: 'the positive control was not found' };
  if (contrary.length > 0)
    return {
      outcome: 'false-alarm',
      findings,
      reason: contrary.map(({ title, where }) => `${title} (${where})`).join('; '),
    };
  const open = checks.flatMap((check) => check.open);
  if (open.length > 0) return { outcome: 'not-runnable', findings: [], reason: `not tested: ${open.join(' ')}` };
  return { outcome: 'clean', findings, reason: null };
}
