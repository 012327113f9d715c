/** The table in the kernel, kept equal to the list of servers. Changes that come together are loaded together. */

import { run } from '../run.ts';
import { tableName } from './names.ts';
import { type PortRange, type RuleEntry, renderRuleset } from './ruleset.ts';

export class HostRules {
  readonly #instance: string;
  readonly #ports: PortRange;
  readonly #entries = new Map<string, RuleEntry>();
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(instance: string, ports: PortRange) {
    this.#instance = instance;
    this.#ports = ports;
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
    await run('nft', ['-f', '-'], renderRuleset(this.#instance, this.#ports, [...this.#entries.values()]));
  }

  /** Removes the whole table. Succeeds if there is none. */
  async clear(): Promise<void> {
    this.#entries.clear();
    await this.#running?.catch(() => {});
    const table = `inet ${tableName(this.#instance)}`;
    await run('nft', ['-f', '-'], `table ${table} {}\ndelete table ${table}\n`);
  }
}
