/** What the drill's devices send: words of this one run, from and to addresses of the test internet. */

import { randomBytes } from 'node:crypto';
import type { Marker } from '@lethe/audit';
import { type ClientSpec, PLACES, type TestInternet } from '@lethe/testkit';

/** One device dials by IPv4, one by IPv6. */
export const DRILL_CLIENTS: ClientSpec[] = [
  { name: 'four', ipv4: true, ipv6: false },
  { name: 'six', ipv4: false, ipv6: true },
];

export interface DrillMarkers {
  /** Tells this drill's devices from those of another one at the same server. */
  run: string;
  dns: string;
  host: string;
  sni: string;
  udp: string;
  all: Marker[];
}

/** Letters that no word has; a label may not begin with a digit everywhere. */
const word = (name: string): string => `x${randomBytes(9).toString('hex')}${name}`;

/**
 * The public key of a device is none of them: the owner's signed list of devices has it, and a server that has forgotten everything still
 * knows whom it is for.
 */
export function drillMarkers(net: TestInternet): DrillMarkers {
  const words = { dns: word('dns'), host: word('host'), sni: word('sni'), udp: word('udp') };
  const { web } = PLACES;
  const all: Marker[] = [
    ...(['dns', 'host', 'sni', 'udp'] as const).map((kind) => ({ id: kind, kind, text: words[kind] })),
    { id: 'destination', kind: 'destination', address: web.ipv4, port: 80 },
    { id: 'destination6', kind: 'destination', address: web.ipv6, port: 80 },
    // The port that a device dials from is whatever its system gives it: it is searched for by its address alone.
    { id: 'client', kind: 'identity', address: net.place('four').ipv4, port: 0 },
    { id: 'client6', kind: 'identity', address: net.place('six').ipv6, port: 0 },
  ];
  return { run: randomBytes(3).toString('hex'), ...words, all };
}
