/** What the drill's device sends: words of this one run, and addresses of the test internet. */

import { randomBytes } from 'node:crypto';
import type { Marker } from '@lethe/audit';
import { PLACES, type TestInternet } from '@lethe/testkit';

export const DRILL_CLIENT = 'drill';

export interface DrillMarkers {
  dns: string;
  host: string;
  sni: string;
  udp: string;
  all: Marker[];
}

/** Letters that no word has; a label may not begin with a digit everywhere. */
const word = (name: string): string => `x${randomBytes(9).toString('hex')}${name}`;

export function drillMarkers(net: TestInternet): DrillMarkers {
  const words = { dns: word('dns'), host: word('host'), sni: word('sni'), udp: word('udp') };
  const all: Marker[] = (['dns', 'host', 'sni', 'udp'] as const).map((kind) => ({ id: kind, kind, text: words[kind] }));
  all.push({ id: 'destination', kind: 'destination', address: PLACES.web.ipv4, port: 80 });
  const { ipv4 } = net.place(DRILL_CLIENT);
  all.push({ id: 'client', kind: 'identity', address: ipv4, port: 0 });
  return { ...words, all };
}
