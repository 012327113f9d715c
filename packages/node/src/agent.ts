/** The agent: one host at the other end of a line, one birth, and the device lists that come after it. */

import {
  AGENT_PROTOCOL,
  type AgentToHost,
  type Birth,
  HEARTBEAT_S,
  type HostToAgent,
  type ServerKeys,
} from '@lethe/core/agent-protocol';
import { canonicalize } from '@lethe/core/canonical';
import type { DeviceList } from '@lethe/core/devices';
import { LetheError } from '@lethe/core/errors';
import { insideLetters, signLook } from '@lethe/core/evidence';
import type { InventoryReport, StateEntry } from '@lethe/core/inventory';
import { sealInventory } from '@lethe/core/inventory-answer';
import type { ServerSettings } from '@lethe/core/server-settings';
import inventory from '../../../spec/state-inventory.json' with { type: 'json' };
import { beBorn } from './birth.ts';
import type { Session } from './channel.ts';
import { Failure, step } from './failure.ts';
import { blockedTotal, changeChoices, filterPid, reloadFilter, startFilter } from './filter-start.ts';
import { loadFirewall } from './firewall-load.ts';
import { lifeS, noteBeginning, noteForgotten } from './forget/age.ts';
import { forgetInPlace } from './forget/clean.ts';
import { type PeerLook, SilenceWatch } from './forget/silence.ts';
import { measureInventory } from './inventory/measure.ts';
import { newServerKeys, type OpenKeys, openServerKeys, sameKeys, signEnrolment } from './keys.ts';
import { isLink } from './link.ts';
import { parseHostMessage } from './messages.ts';
import { PLACES } from './places.ts';
import { rehearseBirth } from './rehearsal.ts';
import { isTrustAnchor } from './resolver.ts';
import { resolverPid, startResolver } from './resolver-start.ts';
import { onServiceEnd, ownServices } from './run.ts';
import { sealedStatus } from './status.ts';
import { setForwarding } from './sysctl-apply.ts';
import { TableReceiver } from './table-receiver.ts';
import { TrustedList } from './trusted-list.ts';
import { TrustedSettings } from './trusted-settings.ts';
import { wakeUp } from './wake.ts';
import { Watch } from './watch/watch.ts';
import { hasInterface } from './wireguard/interface.ts';
import { PeerLooks } from './wireguard/looks.ts';
import { raiseTunnel, renewPeers, setPeers } from './wireguard/tunnel.ts';

/** How often the agent looks whether tunnel, resolver and filter still run: seldom while it would hear of their end. */
const REPAIR_MS = 2000;
const HEARD_REPAIR_MS = 30_000;
/** How often it looks who is there. A silence is noticed that much later than it is full. */
const LOOK_MS = 15_000;
const SHORTEST_LOOK_MS = 5000;

const NOBODY: ReadonlyMap<string, PeerLook> = new Map();

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
  /** The owner's settings; known with the first birth. */
  #settings: TrustedSettings | undefined;
  #silence = new SilenceWatch(true);
  #looks = new PeerLooks();
  #repairing: NodeJS.Timeout | undefined;
  /** When something was repaired last. */
  #repairedAt = Number.NEGATIVE_INFINITY;
  readonly #watch: Watch;
  readonly #table = new TableReceiver(PLACES.filterTable, (offset) => this.#send({ type: 'table_want', offset }));

  constructor(ownKernel: boolean) {
    this.#ownKernel = ownKernel;
    this.#watch = new Watch({
      ownKernel,
      devicesMayTalk: () => this.#devicesMayTalk,
      inTurn: (action) => this.#enqueue(action),
      report: (kinds) => this.#send({ type: 'drift', kinds }),
    });
    // From the first second to the last, whatever happens: the beat tells nothing but that the agent lives.
    setInterval(() => this.#send({ type: 'heartbeat' }), HEARTBEAT_S * 1000);
    onServiceEnd(() => {
      // At once, but for one that ends again and again: that one waits for the next look.
      if (performance.now() - this.#repairedAt > REPAIR_MS) this.#enqueue(() => this.#repair());
      this.#planRepair();
    });
    this.#planRepair();
    this.#planLook();
  }

  /** What an agent before this one started is not this one's child: only a look tells that it has ended. */
  #planRepair(): void {
    clearTimeout(this.#repairing);
    // Resolver and filter; wireguard-go where the kernel has no WireGuard.
    const hearsAll = ownServices() === (this.#ownKernel ? 2 : 3);
    this.#repairing = setTimeout(
      () => {
        this.#enqueue(() => this.#repair());
        this.#planRepair();
      },
      hearsAll ? HEARD_REPAIR_MS : REPAIR_MS,
    );
  }

  #planLook(): void {
    const forgetAfterMs = (this.#settings?.settings.forgetAfterS ?? 0) * 1000;
    const pause = forgetAfterMs > 0 ? Math.max(SHORTEST_LOOK_MS, Math.min(LOOK_MS, forgetAfterMs / 6)) : LOOK_MS;
    setTimeout(() => {
      this.#enqueue(() => this.#look());
      this.#planLook();
    }, pause);
  }

  connected(send: (message: AgentToHost) => void): void {
    this.#send = send;
    send({ type: 'hello', protocol: AGENT_PROTOCOL });
  }

  disconnected(): void {
    this.#send = () => {};
    // Keys that may not have been stored are offered again at the next birth.
    this.#unkept = undefined;
    this.#table.drop();
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
    else if (message?.type === 'rest') await this.#rest();
    else if (message?.type === 'devices') await this.#devices(message.devices);
    else if (message?.type === 'ask') await this.#answer(message);
    else if (message?.type === 'forget') await this.#forget();
    else if (message?.type === 'look') await this.#lookAtItself(message.begins, message.seconds);
    else if (message?.type === 'table') this.#table.announced(message.digest, message.size);
    else if (message?.type === 'table_part') await this.#tablePart(message.offset, message.data);
  }

  /** Gets ready for being copied, and says so. Whoever hears another word makes no copies. */
  async #rest(): Promise<void> {
    if (!this.#ownKernel || this.#keys) throw new Failure('link_failed');
    await step('link_failed', rehearseBirth);
    this.#send({ type: 'rested' });
  }

  async #birth(birth: Birth): Promise<void> {
    if (this.#ownKernel && !this.#born) await step('keys_refused', () => wakeUp(birth.seed, birth.timeMs));
    this.#trusted ??= await step('list_refused', () => TrustedList.open(PLACES.directory, PLACES.pin));
    const trusted = this.#trusted;
    noteBeginning();
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
    const settings = await this.#openSettings(birth, keys);
    if (birth.enrolmentToken !== null) {
      this.#send({ type: 'enrol', enrolment: await signEnrolment(birth.server, birth.enrolmentToken, keys) });
    }
    const list = this.#trusted!.list!;
    if (this.#born && sameMachine(this.#born, birth)) {
      await this.#enforce(list);
      await step('filter_failed', () => changeChoices(settings.filter));
    } else {
      this.#born = undefined;
      this.#watch.pause();
      this.#silence = new SilenceWatch(hasInterface());
      await beBorn(birth, keys, list, {
        ownKernel: this.#ownKernel,
        choices: settings.filter,
        report: (stage) => this.#send({ type: 'stage', stage }),
      });
      this.#devicesMayTalk = list.devicesMayTalk;
      this.#inForce = list;
      this.#born = birth;
      this.#send({ type: 'applied', counter: list.counter });
    }
    this.#send({ type: 'stage', stage: 'ready' });
    this.#watch.begin();
    this.#watch.sayAgain();
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

  /** The settings in force with those of a birth. A host that ended before it kept the newest ones brings older ones: they change nothing. */
  async #openSettings(birth: Birth, keys: OpenKeys): Promise<ServerSettings> {
    const owner = { server: birth.server, ownerKey: birth.ownerKey, wireguard: keys.wireguard };
    return step('settings_refused', async () => {
      this.#settings ??= await TrustedSettings.open(PLACES.settings, owner);
      if (birth.settings !== null) await this.#settings.accept(birth.settings).catch(unlessStale);
      return this.#settings.settings;
    });
  }

  /** The owner takes the answer as proof: it names the list in force, not one that was accepted and could not be enforced. */
  async #answer({ id, question, challenge, body }: Ask): Promise<void> {
    const [list, settings] = [this.#inForce, this.#settings];
    if (!list || !settings || !this.#born) return;
    if (question === 'settings') await this.#choose(settings, body!);
    const { node } = await step('keys_refused', () => openServerKeys(this.#keys!));
    if (question === 'inventory') {
      const sealed = await sealInventory(await this.#measure(), { server: list.server, challenge }, node, list.sealTo);
      return this.#send({ type: 'answer', id, sealed });
    }
    const facts = {
      settingsCounter: settings.settings.counter,
      uptimeS: lifeS(),
      blocked: await blockedTotal(),
    };
    this.#send({ type: 'answer', id, sealed: await sealedStatus(list, facts, challenge, node) });
  }

  #measure(): Promise<InventoryReport> {
    return measureInventory({
      ownKernel: this.#ownKernel,
      ageS: lifeS(),
      used: this.#silence.used,
      devicesMayTalk: this.#devicesMayTalk,
      watchers: this.#watch.pids,
    });
  }

  /** What it measures is judged here: only verdicts leave the server. Not up: the host asks again. */
  async #lookAtItself(begins: number, seconds: number): Promise<void> {
    const server = this.#inForce?.server;
    if (server === undefined || !this.#born) return;
    const inside = insideLetters(inventory.entries as StateEntry[], await this.#measure());
    const { node } = await step('keys_refused', () => openServerKeys(this.#keys!));
    const signature = await signLook({ server, begins, seconds, inside }, node);
    this.#send({ type: 'looked', begins, seconds, inside, signature });
  }

  /** Takes newer settings of the owner. Those that are refused change nothing; the answer says which are in force. */
  async #choose(trusted: TrustedSettings, sealed: string): Promise<void> {
    let settings: ServerSettings;
    try {
      settings = await trusted.accept(sealed);
    } catch {
      return;
    }
    await step('filter_failed', () => changeChoices(settings.filter));
    // The host has them on disk before the answer, which comes after this on the same line, reaches the owner.
    this.#send({ type: 'keep_settings', sealed });
  }

  async #tablePart(offset: number, data: string): Promise<void> {
    if (this.#table.part(offset, data) && this.#born) await step('filter_failed', reloadFilter);
  }

  /** Looks who is there: peers that left are forgotten alone, and when nobody is left the host is told that it is time. */
  async #look(): Promise<void> {
    const list = this.#inForce;
    if (!this.#born || !list || !this.#settings || !hasInterface()) return;
    const { forgetAfterS } = this.#settings.settings;
    // Without devices nothing may stay of those that were removed.
    if (list.devices.length === 0) this.#looks = new PeerLooks();
    const looks = list.devices.length > 0 ? await step('tunnel_failed', () => this.#looks.look()) : NOBODY;
    const { left, forget } = this.#silence.look(looks, Date.now() / 1000, lifeS(), forgetAfterS);
    const gone = list.devices.filter(({ key }) => left.includes(key));
    await step('tunnel_failed', () => renewPeers(gone));
    // Their counters begin anew: what was said of them before says nothing now.
    if (gone.length > 0) this.#looks = new PeerLooks();
    if (forget) this.#send({ type: 'forget' });
  }

  /** Forgets everything in a machine that goes on, and is born again in it. */
  async #forget(): Promise<void> {
    const [birth, list, settings] = [this.#born, this.#inForce, this.#settings];
    if (!birth || !list || !settings) return;
    const keys = await step('keys_refused', () => openServerKeys(this.#keys!));
    this.#born = undefined;
    this.#watch.pause();
    try {
      await step('tunnel_failed', forgetInPlace);
      this.#silence = new SilenceWatch(false);
      this.#looks = new PeerLooks();
      noteForgotten();
      await beBorn(birth, keys, this.#trusted!.list!, {
        ownKernel: this.#ownKernel,
        choices: settings.settings.filter,
        report: () => {}, // who watches the stages would learn that everybody left
      });
    } catch {
      // Half forgotten and not born: the init starts another agent, which gets its birth from the host and builds on what is there.
      process.exit(1);
    }
    this.#inForce = this.#trusted!.list!;
    this.#devicesMayTalk = this.#inForce.devicesMayTalk;
    this.#born = birth;
    this.#send({ type: 'stage', stage: 'ready' });
    this.#watch.begin();
  }

  /** Starts what has ended by itself, and says so: `failed` each time it could not, `ready` once it could. */
  async #repair(): Promise<void> {
    const birth = this.#born;
    if (!birth || (hasInterface() && resolverPid() !== null && filterPid() !== null)) return;
    this.#repairedAt = performance.now();
    this.#watch.pause();
    try {
      await this.#mend(birth);
    } finally {
      // Also when something could not be mended: what is there is judged, what is not there is said by `failed`.
      this.#watch.begin();
    }
    this.#send({ type: 'stage', stage: 'ready' });
  }

  async #mend(birth: Birth): Promise<void> {
    if (!hasInterface()) {
      const keys = await step('keys_refused', () => openServerKeys(this.#keys!));
      const list = this.#trusted!.list!;
      await step('tunnel_failed', () => raiseTunnel(keys, list.devices));
      if (list !== this.#inForce) await this.#enforce(list);
    }
    if (resolverPid() === null) {
      await step('resolver_failed', async () => (await startResolver(birth.rootAnchors)).answers());
    }
    if (filterPid() === null) {
      await step('filter_failed', () => startFilter(this.#settings!.settings.filter));
    }
  }
}

type Ask = Extract<HostToAgent, { type: 'ask' }>;

function unlessStale(error: unknown): void {
  if (!(error instanceof LetheError && error.code === 'stale_counter')) throw error;
}

/** True if two births describe the same machine: only then a running one needs nothing but the list. */
const sameMachine = (a: Birth, b: Birth): boolean =>
  canonicalize({ link: { ...a.link }, anchors: a.rootAnchors }) ===
  canonicalize({ link: { ...b.link }, anchors: b.rootAnchors });
