/** The host's side of all servers' networks in one place: rules, ports, links, forwarding. Everything it makes carries the instance. */

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { enableForwarding, noteForwarding, restoreForwarding } from './forwarding.ts';
import { configureLink, LinkNumbers, removeStrayInterfaces, takeLinksDown } from './links.ts';
import { checkInstance } from './names.ts';
import { HeldPorts } from './ports.ts';
import { RuleChanges } from './rule-changes.ts';
import { HostRules } from './rules.ts';
import type { PortRange } from './ruleset.ts';

/** Pause between two looks at the table in the kernel, while the kernel says when it changes, and while nobody hears it. */
const HEARD_LOOK_MS = 30_000;
const DEAF_LOOK_MS = 2_000;
/** Between two looks in any case: another program may change its own rules without end. */
const PAUSE_MS = 200;

export class HostNetwork {
  readonly instance: string;
  readonly rules: HostRules;
  readonly ports = new HeldPorts();
  readonly links: LinkNumbers;
  readonly #note: string;
  /** Links that are off until the table is in force again. */
  readonly #linksDown = new Set<number>();
  readonly #stopping = new AbortController();
  #guarding: Promise<void> = Promise.resolve();

  /** `runDir` is on tmpfs; `ports` are those that servers can have. Throws `bad_request` for an instance that is not six hexadecimal digits. */
  constructor(instance: string, runDir: string, ports: PortRange) {
    checkInstance(instance);
    this.instance = instance;
    this.rules = new HostRules({ instance, ports });
    this.links = new LinkNumbers(instance);
    this.#note = join(runDir, 'host', 'forwarding.json');
  }

  /**
   * Order: the table first, with the rules of servers that run already, so that no packet of a server is forwarded without it; then
   * forwarding. Interfaces that belong to no machine in `keep` are removed.
   */
  async start(keep: ReadonlySet<string>): Promise<void> {
    this.rules.leaveForwarded(noteForwarding(this.#note, this.instance));
    await this.rules.load();
    enableForwarding(this.instance);
    await removeStrayInterfaces(this.instance, keep);
    this.#guarding = this.#guard(this.#stopping.signal);
  }

  /**
   * Another program may remove the table: a reload of the machine's own firewall often flushes everything. Servers would be open to each
   * other and to the host then, so their links go off until the table is there again. From the
   * kernel's word to that it takes some 50 ms, 200 more if the table was just looked at: so long is the gap.
   */
  async #guard(signal: AbortSignal): Promise<void> {
    const changes = new RuleChanges();
    while (!signal.aborted) {
      // What fails is tried again soon; links that are off stay off meanwhile.
      const isSound = await this.#keepInForce().then(
        () => true,
        () => false,
      );
      await sleep(PAUSE_MS, undefined, { signal, ref: false }).catch(() => {});
      await changes.next(changes.hears && isSound ? HEARD_LOOK_MS : DEAF_LOOK_MS, signal);
    }
    await changes.stop();
  }

  async #keepInForce(): Promise<void> {
    if (!(await this.rules.isInForce())) {
      for (const link of await takeLinksDown(this.instance)) this.#linksDown.add(link);
      await this.rules.load();
    }
    for (const link of this.#linksDown) {
      // A server that ended meanwhile has taken its link along.
      await this.configureLink(link).catch(() => {});
      this.#linksDown.delete(link);
    }
  }

  /** Addresses of the host's end of a link. */
  configureLink(link: number): Promise<void> {
    return configureLink(this.instance, link);
  }

  /** Forwarding as it was, then the table off. Call it when no machine is left. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#guarding;
    await removeStrayInterfaces(this.instance, new Set());
    await restoreForwarding(this.#note, this.instance);
    await this.rules.clear();
    await this.ports.releaseAll();
  }
}
