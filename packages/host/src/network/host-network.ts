/** The host's side of all servers' networks in one place: rules, ports, links, forwarding. Everything it makes carries the instance. */

import { join } from 'node:path';
import { enableForwarding, restoreForwarding } from './forwarding.ts';
import { configureLink, LinkNumbers, removeStrayInterfaces } from './links.ts';
import { checkInstance } from './names.ts';
import { HeldPorts } from './ports.ts';
import { HostRules } from './rules.ts';
import type { PortRange } from './ruleset.ts';

export class HostNetwork {
  readonly instance: string;
  readonly rules: HostRules;
  readonly ports = new HeldPorts();
  readonly links: LinkNumbers;
  readonly #note: string;

  /** `runDir` is on tmpfs; `ports` are those that servers can have. Throws `bad_request` for an instance that is not six hexadecimal digits. */
  constructor(instance: string, runDir: string, ports: PortRange) {
    checkInstance(instance);
    this.instance = instance;
    this.rules = new HostRules(instance, ports);
    this.links = new LinkNumbers(instance);
    this.#note = join(runDir, 'host', 'forwarding.json');
  }

  /**
   * Order: the table first, with the rules of servers that run already, so that no packet of a server is forwarded without it; then
   * forwarding. Interfaces that belong to no machine in `keep` are removed.
   */
  async start(keep: ReadonlySet<string>): Promise<void> {
    await this.rules.load();
    enableForwarding(this.#note, this.instance);
    await removeStrayInterfaces(this.instance, keep);
  }

  /** Addresses of the host's end of a link. */
  configureLink(link: number): Promise<void> {
    return configureLink(this.instance, link);
  }

  /** Forwarding as it was, then the table off. Call it when no machine is left. */
  async stop(): Promise<void> {
    await removeStrayInterfaces(this.instance, new Set());
    await restoreForwarding(this.#note, this.instance);
    await this.rules.clear();
    await this.ports.releaseAll();
  }
}
