/** The agent: one host at the other end of a line, one birth, and the device lists that come after it. */

import { AGENT_PROTOCOL, type AgentToHost, type Birth, HEARTBEAT_S, type ServerKeys } from '@lethe/core/agent-protocol';
import { canonicalize } from '@lethe/core/canonical';
import type { DeviceList } from '@lethe/core/devices';
import { beBorn } from './birth.ts';
import type { Session } from './channel.ts';
import { Failure, step } from './failure.ts';
import { loadFirewall } from './firewall-load.ts';
import { newServerKeys, openServerKeys, sameKeys, signEnrolment } from './keys.ts';
import { isLink } from './link.ts';
import { parseHostMessage } from './messages.ts';
import { PLACES } from './places.ts';
import { isTrustAnchor } from './resolver.ts';
import { resolverPid, startResolver } from './resolver-start.ts';
import { sealedStatus } from './status.ts';
import { setForwarding } from './sysctl-apply.ts';
import { TrustedList } from './trusted-list.ts';
import { hasInterface } from './wireguard/interface.ts';
import { raiseTunnel, setPeers } from './wireguard/tunnel.ts';

/** How often the agent looks whether tunnel and resolver still run. */
const REPAIR_MS = 2000;

export class Agent implements Session {
  readonly #ownKernel: boolean;
  #trusted: TrustedList | undefined;
  #send: (message: AgentToHost) => void = () => {};
  /** Messages are handled one after another, in order. */
  #queue: Promise<void> = Promise.resolve();
  #keys: ServerKeys | undefined;
  /** A birth that waits until the host has stored the keys made for it. */
  #unkept: Birth | undefined;
  /** The birth that is complete. */
  #born: Birth | undefined;
  /** The list that tunnel and packet filter have taken on: older than the newest accepted one if that could not be enforced. */
  #inForce: DeviceList | undefined;
  /** What the loaded packet filter allows. */
  #devicesMayTalk = false;

  constructor(ownKernel: boolean) {
    this.#ownKernel = ownKernel;
    // From the first second to the last, whatever happens: the beat tells nothing but that the agent lives.
    setInterval(() => this.#send({ type: 'heartbeat' }), HEARTBEAT_S * 1000);
    setInterval(() => this.#enqueue(() => this.#repair()), REPAIR_MS);
  }

  connected(send: (message: AgentToHost) => void): void {
    this.#send = send;
    send({ type: 'hello', protocol: AGENT_PROTOCOL });
  }

  disconnected(): void {
    this.#send = () => {};
    // Keys that may not have been stored are offered again at the next birth.
    this.#unkept = undefined;
  }

  received(message: unknown): void {
    this.#enqueue(() => this.#handle(message));
  }

  #enqueue(action: () => Promise<void>): void {
    this.#queue = this.#queue.then(action).catch((error: unknown) => {
      if (error instanceof Failure) this.#send({ type: 'failed', failure: error.failure });
    });
  }

  async #handle(value: unknown): Promise<void> {
    const message = parseHostMessage(value);
    if (message?.type === 'birth') await this.#birth(message);
    else if (message?.type === 'kept') await this.#kept();
    else if (message?.type === 'devices') await this.#devices(message.devices);
    else if (message?.type === 'ask') await this.#answer(message.id, message.challenge);
  }

  async #birth(birth: Birth): Promise<void> {
    this.#trusted ??= await step('list_refused', () => TrustedList.open(PLACES.directory, PLACES.pin));
    const trusted = this.#trusted;
    if (!isLink(birth.link)) throw new Failure('link_failed');
    if (!(birth.rootAnchors ?? []).every(isTrustAnchor)) throw new Failure('resolver_failed');
    if (birth.keys) {
      const given = birth.keys;
      if (this.#keys && !sameKeys(this.#keys, given)) throw new Failure('keys_refused');
      await step('keys_refused', () => openServerKeys(given));
    }
    await step('list_refused', () => trusted.acceptBirth(birth.server, birth.ownerKey, birth.devices));
    this.#keys ??= birth.keys ?? newServerKeys();
    if (birth.keys) return this.#live(birth);
    this.#unkept = birth;
    this.#send({ type: 'keep', keys: this.#keys });
  }

  /** The keys are on the host's disk: from here on a customer may learn the public one. */
  async #kept(): Promise<void> {
    const birth = this.#unkept;
    this.#unkept = undefined;
    if (birth) await this.#live(birth);
  }

  async #live(birth: Birth): Promise<void> {
    const keys = await step('keys_refused', () => openServerKeys(this.#keys!));
    if (birth.enrolmentToken !== null) {
      this.#send({ type: 'enrol', enrolment: await signEnrolment(birth.server, birth.enrolmentToken, keys) });
    }
    const list = this.#trusted!.list!;
    if (this.#born && sameMachine(this.#born, birth)) {
      await this.#enforce(list);
    } else {
      this.#born = undefined;
      await beBorn(birth, keys, list, {
        ownKernel: this.#ownKernel,
        report: (stage) => this.#send({ type: 'stage', stage }),
      });
      this.#devicesMayTalk = list.devicesMayTalk;
      this.#inForce = list;
      this.#born = birth;
      this.#send({ type: 'applied', counter: list.counter });
    }
    this.#send({ type: 'stage', stage: 'ready' });
  }

  async #devices(devices: Birth['devices']): Promise<void> {
    const list = await step('list_refused', () => {
      if (!this.#trusted) throw new Failure('list_refused');
      return this.#trusted.accept(devices);
    });
    if (this.#born) await this.#enforce(list);
  }

  /** Brings the running server in line with a list: the peers first, so that a removed device is gone even if the rest fails. */
  async #enforce(list: DeviceList): Promise<void> {
    await step('tunnel_failed', () => setPeers(list.devices));
    if (list.devicesMayTalk !== this.#devicesMayTalk) {
      await loadFirewall(list.devicesMayTalk);
      await step('firewall_refused', () => setForwarding(true));
      this.#devicesMayTalk = list.devicesMayTalk;
    }
    this.#inForce = list;
    this.#send({ type: 'applied', counter: list.counter });
  }

  /** The owner takes the answer as proof: it names the list in force, not one that was accepted and could not be enforced. */
  async #answer(id: number, challenge: string): Promise<void> {
    if (!this.#inForce || !this.#born) return;
    const { node } = await step('keys_refused', () => openServerKeys(this.#keys!));
    this.#send({ type: 'answer', id, sealed: await sealedStatus(this.#inForce, challenge, node) });
  }

  /** Starts what has ended by itself, and says so: `failed` each time it could not, `ready` once it could. */
  async #repair(): Promise<void> {
    const birth = this.#born;
    if (!birth || (hasInterface() && resolverPid() !== null)) return;
    if (!hasInterface()) {
      const keys = await step('keys_refused', () => openServerKeys(this.#keys!));
      const list = this.#trusted!.list!;
      await step('tunnel_failed', () => raiseTunnel(keys, list.devices));
      if (list !== this.#inForce) await this.#enforce(list);
    }
    if (resolverPid() === null) {
      await step('resolver_failed', async () => (await startResolver(birth.rootAnchors)).answers());
    }
    this.#send({ type: 'stage', stage: 'ready' });
  }
}

/** True if two births describe the same machine: only then a running one needs nothing but the list. */
const sameMachine = (a: Birth, b: Birth): boolean =>
  canonicalize({ link: { ...a.link }, anchors: a.rootAnchors }) ===
  canonicalize({ link: { ...b.link }, anchors: b.rootAnchors });
