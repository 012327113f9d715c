/** Links between the host and its servers: which numbers are free, and the addresses of the host's end. */

import { LetheError, linkAddresses } from '@lethe/core';
import { run } from '../run.ts';
import { hasIpv6 } from './ipv6.ts';
import { interfaceName, interfacePrefix, linkOfInterface } from './names.ts';

const MOST_LINKS = 16384;

interface InterfaceInfo {
  ifname: string;
  flags?: string[];
  addr_info?: { family?: string; local?: string }[];
}

async function interfaces(): Promise<InterfaceInfo[]> {
  const list: unknown = JSON.parse((await run('ip', ['-json', 'addr', 'show'])) || '[]');
  return Array.isArray(list) ? list.filter((entry) => typeof entry?.ifname === 'string') : [];
}

/** Gives out link numbers. A number is taken while a server has it, and while something else on this machine has its addresses. */
export class LinkNumbers {
  readonly #instance: string;
  readonly #taken = new Map<number, string>();

  constructor(instance: string) {
    this.#instance = instance;
  }

  /** Keeps a number for a server that has it already. False if another server has it. */
  take(link: number, id: string): boolean {
    const holder = this.#taken.get(link);
    if (holder !== undefined && holder !== id) return false;
    this.#taken.set(link, id);
    return true;
  }

  /** The lowest free number, now taken by the server. Throws `no_capacity`. */
  async allocate(id: string): Promise<number> {
    const foreign = new Set(
      (await interfaces())
        .filter((entry) => linkOfInterface(this.#instance, entry.ifname) === null)
        .flatMap((entry) => (entry.addr_info ?? []).map((address) => address.local)),
    );
    for (let link = 0; link < MOST_LINKS; link += 1) {
      const { hostIpv4, hostIpv6 } = linkAddresses(link);
      if (!this.#taken.has(link) && !foreign.has(hostIpv4) && !foreign.has(hostIpv6)) {
        this.#taken.set(link, id);
        return link;
      }
    }
    throw new LetheError('no_capacity', 'This host has no room for another server.');
  }

  /** Gives a server's numbers back. */
  release(id: string): void {
    for (const [link, holder] of this.#taken) if (holder === id) this.#taken.delete(link);
  }
}

/** Sets the addresses of the host's end and turns it on. Repeating it changes nothing. */
export async function configureLink(instance: string, link: number): Promise<void> {
  const name = interfaceName(instance, link);
  const { hostIpv4, ipv4Length, hostIpv6, ipv6Length } = linkAddresses(link);
  const commands = [`addr replace ${hostIpv4}/${ipv4Length} dev ${name}`];
  // `nodad`: both ends are known, and an address must not wait a second for its use.
  if (hasIpv6()) commands.push(`addr replace ${hostIpv6}/${ipv6Length} dev ${name} nodad`);
  await run('ip', ['-batch', '-'], `${commands.join('\n')}\nlink set dev ${name} up\n`);
}

/** Turns the host's end of every link off: nothing passes it. Returns the numbers of those that were on. */
export async function takeLinksDown(instance: string): Promise<number[]> {
  const on = (await interfaces()).filter(({ flags }) => flags?.includes('UP'));
  const links = on.flatMap(({ ifname }) => linkOfInterface(instance, ifname) ?? []);
  const commands = links.map((link) => `link set dev ${interfaceName(instance, link)} down\n`);
  // `force`: one that has just gone must not keep the others up.
  if (links.length > 0) await run('ip', ['-force', '-batch', '-'], commands.join('')).catch(() => {});
  return links;
}

/** Removes interfaces of this instance that belong to no machine: what a run that was cut off between two steps left. */
export async function removeStrayInterfaces(instance: string, keep: ReadonlySet<string>): Promise<void> {
  for (const { ifname } of await interfaces()) {
    if (!ifname.startsWith(interfacePrefix(instance)) || keep.has(ifname)) continue;
    await run('ip', ['link', 'delete', 'dev', ifname]).catch(async (error) => {
      // A pair also ends with the namespace of its other end, which may happen between the look and the deletion.
      if ((await interfaces()).some((entry) => entry.ifname === ifname)) throw error;
    });
  }
}
