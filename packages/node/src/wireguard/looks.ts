/** What the tunnel tells about its peers at one look: no address, ever. */

import { TUNNEL_INTERFACE } from '../addresses.ts';
import type { PeerLook } from '../forget/silence.ts';
import { run } from '../run.ts';

/** Last handshake and bytes received of each peer, by public key. Not from `dump`, which also prints where the devices are. */
export async function peerLooks(): Promise<Map<string, PeerLook>> {
  const [handshakes, transfer] = await Promise.all([
    run('wg', ['show', TUNNEL_INTERFACE, 'latest-handshakes']),
    run('wg', ['show', TUNNEL_INTERFACE, 'transfer']),
  ]);
  return parseLooks(handshakes, transfer);
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
