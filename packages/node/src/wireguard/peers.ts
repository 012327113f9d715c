/** From a device list to the peers of the tunnel interface: only what differs is touched. Pure. */

import type { Device } from '@lethe/core/devices';
import { slotAddresses } from '@lethe/core/tunnel';

/** Public key (base64) → allowed addresses, sorted and joined by commas. */
export type Peers = ReadonlyMap<string, string>;

const allowedIps = (device: Device): string => {
  const { ipv4, ipv6 } = slotAddresses(device.slot);
  return [`${ipv4}/32`, `${ipv6}/128`].toSorted().join(',');
};

/** The peers a list asks for. */
export const wantedPeers = (devices: readonly Device[]): Peers =>
  new Map(devices.map((device) => [device.key, allowedIps(device)]));

/** The peers that `wg show … allowed-ips` prints: a line each, key, tab, addresses separated by spaces. */
export function parsePeers(text: string): Peers {
  const lines = text.split('\n').filter((line) => line !== '');
  return new Map(
    lines.map((line) => {
      const [key = '', addresses = ''] = line.split('\t');
      return [key, addresses === '(none)' ? '' : addresses.split(' ').toSorted().join(',')];
    }),
  );
}

export interface PeerChanges {
  /** Keys that are no peers any more. */
  remove: string[];
  /** Keys that are new or have another address. */
  set: [key: string, allowedIps: string][];
  /** Addresses whose holder went or changed: connections from and to them must end. */
  freed: string[];
}

/** What leads from one set of peers to another. */
export function peerChanges(current: Peers, wanted: Peers): PeerChanges {
  const gone = [...current].filter(([key, addresses]) => wanted.get(key) !== addresses);
  return {
    remove: gone.flatMap(([key]) => (wanted.has(key) ? [] : key)),
    set: [...wanted].filter(([key, addresses]) => current.get(key) !== addresses),
    freed: gone
      .flatMap(([, addresses]) => addresses.split(',').map((address) => address.split('/')[0]!))
      .filter(Boolean),
  };
}

/** Arguments for `wg set`, removals first so that an address is free before its next holder takes it. */
export const peerArguments = (changes: PeerChanges): string[] => [
  ...changes.remove.flatMap((key) => ['peer', key, 'remove']),
  ...changes.set.flatMap(([key, addresses]) => ['peer', key, 'allowed-ips', addresses]),
];
