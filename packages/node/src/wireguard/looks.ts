/** What the tunnel tells about its peers at one look: no address, ever. */

import { TUNNEL_INTERFACE } from '../addresses.ts';
import type { PeerLook } from '../forget/silence.ts';
import { run } from '../run.ts';

/**
 * Looks again and again. Between two looks it holds what `wg` said: what the silence watch holds, and the bytes sent to each peer.
 * Whoever forgets, or removes a device, makes another one.
 */
export class PeerLooks {
  #transfer = '';
  #handshakes = '';

  /**
   * Last handshake and bytes received of each peer, by public key. Not from `dump`, which also prints where the devices are. Handshakes
   * are only asked for when bytes have passed: there is none without. What passes between the two questions shows at the next look.
   */
  async look(): Promise<Map<string, PeerLook>> {
    const transfer = await run('wg', ['show', TUNNEL_INTERFACE, 'transfer']);
    if (transfer !== this.#transfer) {
      this.#handshakes = await run('wg', ['show', TUNNEL_INTERFACE, 'latest-handshakes']);
      this.#transfer = transfer;
    }
    return parseLooks(this.#handshakes, transfer);
  }
}

const rows = (text: string): string[][] => text.split('\n').flatMap((line) => (line === '' ? [] : [line.split('\t')]));

/** From the output of `wg show … latest-handshakes` and `… transfer`. */
export function parseLooks(handshakes: string, transfer: string): Map<string, PeerLook> {
  const received = new Map(rows(transfer).map(([key = '', bytes]) => [key, Number(bytes)]));
  return new Map(
    rows(handshakes).map(([key = '', time]) => [
      key,
      { handshakeS: Number(time), receivedBytes: received.get(key) ?? 0 },
    ]),
  );
}
