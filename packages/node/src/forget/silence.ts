/**
 * Who has gone silent, and whether it is time for the server to forget everything. Pure.
 *
 * WireGuard has no end of session. What the server can know is when a device's last handshake was, and whether bytes came since the
 * last look. A session ends 180 s after its handshake at the latest (REJECT_AFTER_TIME, WireGuard's whitepaper section 6.1), so that is
 * the honest bound; an owner may choose a shorter silence. This state is in the agent's memory only, and goes when the server forgets.
 */

/** What `wg` says of a peer at one look. */
export interface PeerLook {
  /** Unix time of the last handshake in seconds; 0 before the first. */
  handshakeS: number;
  receivedBytes: number;
}

/** A session without a new handshake is dead after this many seconds. */
export const SESSION_S = 180;
/** A server forgets at the latest this long after it was born, since a phone that never sleeps would keep it alive for ever. */
export const LONGEST_LIFE_S = 24 * 3600;
/** From this age on a moment without traffic is enough. */
export const OLD_LIFE_S = 23 * 3600;

interface Known extends PeerLook {
  heardAtS: number;
}

export interface Silence {
  /** Keys of peers that were there and are silent now: to be removed and added again, so that the kernel forgets where they were. */
  left: string[];
  /** True if the server should forget everything now. */
  forget: boolean;
}

export class SilenceWatch {
  readonly #known = new Map<string, Known>();
  /** True once any device was there: a server that nobody used has nothing to forget. */
  #used: boolean;

  /** `used` for a server that was found running: nobody knows what it has seen. */
  constructor(used: boolean) {
    this.#used = used;
  }

  /** True if any device was there since the server last forgot, or if nobody knows. */
  get used(): boolean {
    return this.#used;
  }

  /** `ageS` is the time since the server last forgot. */
  look(peers: ReadonlyMap<string, PeerLook>, nowS: number, ageS: number, forgetAfterS: number): Silence {
    let traffic = false;
    let present = false;
    const left: string[] = [];
    for (const [key, peer] of peers) {
      // The first packet of a handshake is counted and sets the peer's address, even if nothing ever follows it.
      if (peer.handshakeS === 0 && peer.receivedBytes === 0) continue;
      this.#used = true;
      const before = this.#known.get(key);
      const news = before?.handshakeS !== peer.handshakeS || before.receivedBytes !== peer.receivedBytes;
      const heardAtS = news ? nowS : before.heardAtS;
      traffic ||= news;
      this.#known.set(key, { ...peer, heardAtS });
      const over = nowS - (peer.handshakeS || heardAtS) >= SESSION_S;
      const silent = over || nowS - heardAtS >= forgetAfterS;
      if (silent) left.push(key);
      else present = true;
    }
    for (const key of this.#known.keys()) if (!peers.has(key) || left.includes(key)) this.#known.delete(key);
    const old = ageS >= LONGEST_LIFE_S || (ageS >= OLD_LIFE_S && !traffic);
    // Also one that nobody used: else its age would tell that nobody did.
    return { left, forget: old || (this.#used && !present) };
  }
}
