/** What a drill's devices send: words of this one run, from and to addresses that nobody else uses. */

import { randomBytes } from 'node:crypto';
import type { Marker } from '@lethe/audit';

export type Family = 'ipv4' | 'ipv6';

/** Where a drill's traffic comes from and goes to. */
export interface DrillPlaces {
  /** Addresses that the devices dial from: one device for each. */
  clients: { family: Family; address: string }[];
  /** Addresses of the web end, which answers HTTP on port 80, and sends back datagrams that come to `echoPort`. */
  web: string[];
  /** Where it answers a TLS hello, if not in TLS. */
  tlsPort: number;
  echoPort: number;
  /** Marked names are looked up under it. They need not exist. */
  zone: string;
}

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
export function drillMarkers({ clients, web }: Pick<DrillPlaces, 'clients' | 'web'>): DrillMarkers {
  const words = { dns: word('dns'), host: word('host'), sni: word('sni'), udp: word('udp') };
  const all: Marker[] = [
    ...(['dns', 'host', 'sni', 'udp'] as const).map((kind) => ({ id: kind, kind, text: words[kind] })),
    ...web.map((address) => ({ id: named('destination', address), kind: 'destination' as const, address, port: 80 })),
    // The port that a device dials from is whatever its system gives it: it is searched for by its address alone.
    ...clients.map(({ address }) => ({ id: named('client', address), kind: 'identity' as const, address, port: 0 })),
  ];
  return { run: randomBytes(3).toString('hex'), ...words, all };
}

const named = (what: string, address: string): string => (address.includes(':') ? `${what}6` : what);
