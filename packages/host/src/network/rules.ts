/** The table in the kernel, kept equal to the list of servers. Changes that come together are loaded together. */

import { LetheError } from '@lethe/core';
import { run } from '../run.ts';
import type { ForwardedBefore } from './forwarding.ts';
import { tableName } from './names.ts';
import { type RuleEntry, type RulesetOptions, renderRuleset } from './ruleset.ts';
import { shapeInKernel, shapeOfText } from './ruleset-shape.ts';

export class HostRules {
  readonly #options: RulesetOptions;
  readonly #entries = new Map<string, RuleEntry>();
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(options: Omit<RulesetOptions, 'forwardedBefore'>) {
    this.#options = { ...options, forwardedBefore: { ipv4: null, ipv6: null } };
  }

  /** What this machine forwarded before it had servers: the next load brings it. */
  leaveForwarded(before: ForwardedBefore): void {
    this.#options.forwardedBefore = before;
  }

  /** True if datagrams to the server's port go to it. */
  isOpen(id: string): boolean {
    return this.#entries.get(id)?.open === true;
  }

  /** Sets a server's rules without loading them: the next load brings them. */
  prepare(id: string, entry: RuleEntry): void {
    this.#entries.set(id, { ...entry });
  }

  /** Sets a server's rules; in force when it returns. Throws `missing_tool`, `timeout` or `internal`; the rules before stay then. */
  async set(id: string, entry: RuleEntry): Promise<void> {
    const before = this.#entries.get(id);
    if (before && before.port === entry.port && before.link === entry.link && before.open === entry.open) return;
    this.#entries.set(id, { ...entry });
    try {
      await this.load();
    } catch (error) {
      // So that the next try does not take the rules for loaded.
      if (before) this.#entries.set(id, before);
      else this.#entries.delete(id);
      throw error;
    }
  }

  /** Removes a server's rules; out of force when it returns. */
  async remove(id: string): Promise<void> {
    const before = this.#entries.get(id);
    if (!before) return;
    this.#entries.delete(id);
    try {
      await this.load();
    } catch (error) {
      this.#entries.set(id, before);
      throw error;
    }
  }

  /** Removes the rules of all servers. What holds them apart stays. */
  async removeAll(): Promise<void> {
    this.#entries.clear();
    await this.load();
  }

  /** Loads the table as it should be. A call during a load waits for one more load, which it shares with others. */
  load(): Promise<void> {
    if (!this.#running) {
      this.#running = this.#loadNow().finally(() => {
        this.#running = undefined;
      });
      return this.#running;
    }
    this.#next ??= this.#running
      .catch(() => {})
      .then(() => {
        this.#next = undefined;
        return this.load();
      });
    return this.#next;
  }

  async #loadNow(): Promise<void> {
    await run('nft', ['-f', '-'], this.#text());
  }

  #text(): string {
    return renderRuleset(this.#options, [...this.#entries.values()]);
  }

  /**
   * True if the table in the kernel has every chain and rule that it should have. False also if something else removed it. Throws if that
   * cannot be told: a tool that is missing or hangs says nothing about the table, and could not load it either.
   */
  async isInForce(): Promise<boolean> {
    await this.#running?.catch(() => {});
    const name = tableName(this.#options.instance);
    try {
      const found = shapeInKernel(await run('nft', ['--json', '--terse', 'list', 'table', 'inet', name]));
      return found === shapeOfText(this.#text());
    } catch (error) {
      if (error instanceof LetheError && error.code !== 'internal') throw error;
      return false;
    }
  }

  /** Removes the whole table. Succeeds if there is none. */
  async clear(): Promise<void> {
    this.#entries.clear();
    await this.#running?.catch(() => {});
    const table = `inet ${tableName(this.#options.instance)}`;
    await run('nft', ['-f', '-'], `table ${table} {}\ndelete table ${table}\n`);
  }
}
