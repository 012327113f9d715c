/** How long ago devices left that the tunnel still knows. */

import type { Measurement } from '@lethe/core/inventory';
import type { PeerLook } from '../forget/silence.ts';
import { hasInterface } from '../wireguard/interface.ts';
import { PeerLooks } from '../wireguard/looks.ts';

/** True if the tunnel knows where some device is, or when it was there. */
export const anyoneKnown = (looks: Iterable<PeerLook>): boolean => [...looks].some(isKnown);

/**
 * A peer's address is set by its first authenticated packet, which is counted: bytes received without a handshake mean that an address
 * is known as well. So nobody has to read the address to know that there is one.
 */
const isKnown = ({ handshakeS, receivedBytes }: PeerLook): boolean => handshakeS > 0 || receivedBytes > 0;

/** The looks at all peers; none where there is no tunnel. */
export const looksNow = async (): Promise<PeerLook[]> =>
  hasInterface() ? [...(await new PeerLooks().look()).values()] : [];

/** The age of the oldest last handshake. Of a peer that never completed one, only that it is no older than the server's memory. */
export function peersMeasured(looks: readonly PeerLook[], nowS: number, sinceForgottenS: number): Measurement {
  const ages = looks
    .filter(isKnown)
    .map(({ handshakeS }) => (handshakeS > 0 ? Math.max(0, Math.floor(nowS - handshakeS)) : sinceForgottenS));
  return ages.length === 0
    ? { probe: 'wireguard-peers', present: false, ageS: null }
    : { probe: 'wireguard-peers', present: true, ageS: Math.max(...ages) };
}
