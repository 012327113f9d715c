/**
 * What reached the sink. It is kept in memory only, is written nowhere and ends with the sink. Strangers may reach the sink too: every list and
 * every text has a limit, and a list that is full takes nothing more, so that a flood costs a known amount of memory.
 */

export interface SeenQuery {
  /** Lower case, without the last dot. In the zone always. */
  name: string;
  /** `A`, `NS`, …; `TYPE64` for one without a name (RFC 3597, section 5). */
  type: string;
  /** Address that asked, without its port. */
  from: string;
  overTcp: boolean;
  /** `address/bits` of an EDNS client subnet option (RFC 7871); null without one. `0.0.0.0/0` and `::/0` tell nothing of the client. */
  clientSubnet: string | null;
  /** The DO bit (RFC 3225). */
  dnssecOk: boolean;
}

export interface SeenHost {
  /** Of the Host header, as sent; empty without one. */
  host: string;
  /** With the query, as sent. */
  path: string;
  from: string;
}

export interface SeenName {
  /** Lower case, of the server_name extension. */
  name: string;
  from: string;
}

export interface SeenDatagram {
  /** The first 256 bytes, as Latin-1. */
  text: string;
  from: string;
}

/** Each list in the order of arrival. */
export interface Seen {
  queries: SeenQuery[];
  hosts: SeenHost[];
  names: SeenName[];
  datagrams: SeenDatagram[];
  /** True if a list was full and something was left out: then what is not in it may have happened all the same. */
  full: boolean;
}

/** Entries of each list. */
export const MAX_SEEN = 10_000;
/** Letters of a host and of a path, bytes of a datagram. */
export const MAX_TEXT = 256;

export class Notes {
  #seen = empty();

  /** False if the list is full, and nothing was noted. */
  query(query: SeenQuery): boolean {
    return this.#add(this.#seen.queries, query);
  }

  host({ host, path, from }: SeenHost): boolean {
    return this.#add(this.#seen.hosts, { host: short(host), path: short(path), from });
  }

  name(name: SeenName): boolean {
    return this.#add(this.#seen.names, name);
  }

  datagram(bytes: Uint8Array, from: string): boolean {
    const text = Buffer.from(bytes.subarray(0, MAX_TEXT)).toString('latin1');
    return this.#add(this.#seen.datagrams, { text, from });
  }

  /** A copy: what arrives later is not in it. */
  seen(): Seen {
    return structuredClone(this.#seen);
  }

  forget(): void {
    this.#seen = empty();
  }

  #add<T>(list: T[], entry: T): boolean {
    if (list.length >= MAX_SEEN) {
      this.#seen.full = true;
      return false;
    }
    list.push(entry);
    return true;
  }
}

const empty = (): Seen => ({ queries: [], hosts: [], names: [], datagrams: [], full: false });

/** Through bytes: a part of a string would keep the whole of it in memory. */
const short = (text: string): string =>
  text.length <= MAX_TEXT ? text : Buffer.from(text.slice(0, MAX_TEXT), 'latin1').toString('latin1');
