/**
 * The internet side of a canary run: an auditor's client sends marked traffic through somebody's VPN, and this end sees what of it the world
 * sees: who asks for a marked name, how much of it, with what said about the client; which address talks to the web and UDP ends.
 *
 * Everything is in memory, nothing is written or printed. Strangers may reach every port: see the limits of each end.
 */

import { isIP, isIPv4 } from 'node:net';
import { LetheError } from '@lethe/core';
import { type Binder, bindAll } from './bind.ts';
import { dnsOverTcp, dnsOverUdp } from './dns.ts';
import { Notes, type Seen } from './seen.ts';
import { listenTcp } from './tcp.ts';
import { echo, listenUdp } from './udp.ts';
import { tlsServer, webServer } from './web.ts';
import type { Zone } from './zone.ts';

export interface SinkOptions {
  /** `canary.example`: lower case, without the last dot, two labels or more. Its parent must delegate it to these addresses. */
  zone: string;
  /** IPv4 and IPv6 addresses of this machine: what is listened on, and what every name of the zone has. 1 to 16. */
  addresses: readonly string[];
  /** Of each port, 0 takes any free one. */
  dnsPort?: number;
  httpPort?: number;
  tlsPort?: number;
  udpPort?: number;
}

export interface Sink extends AsyncDisposable {
  /** Where it listens, on all addresses. DNS is UDP and TCP. */
  readonly ports: { dns: number; http: number; tls: number; udp: number };
  /** A copy of what arrived so far. */
  seen(): Seen;
  /** Starts again with nothing seen, between two runs. */
  forget(): void;
}

const MAX_ADDRESSES = 16;

/**
 * Starts all ends. Throws `port_in_use`, `not_root` (a low port) or `bad_request`, and then nothing listens. Disposing closes all ends and
 * connections and forgets what was seen.
 */
export async function startSink(options: SinkOptions): Promise<Sink> {
  const zone = checkedZone(options);
  const notes = new Notes();
  await using opened = new AsyncDisposableStack();
  const open = async (port: number, what: string, bind: (address: string) => Binder[]): Promise<number> => {
    if (!Number.isInteger(port) || port < 0 || port > 65_535) refuse(`The port for ${what} is none.`);
    const bound = await bindAll(port, what, zone.addresses.flatMap(bind));
    opened.defer(() => bound.close());
    return bound.port;
  };
  const ports = {
    dns: await open(options.dnsPort ?? 53, 'DNS', (address) => [
      (port) => listenUdp(address, port, dnsOverUdp(zone, notes)),
      (port) => listenTcp(dnsOverTcp(zone, notes), address, port),
    ]),
    http: await open(options.httpPort ?? 80, 'HTTP', (address) => [
      (port) => listenTcp(webServer(notes), address, port),
    ]),
    tls: await open(options.tlsPort ?? 443, 'TLS', (address) => [(port) => listenTcp(tlsServer(notes), address, port)]),
    udp: await open(options.udpPort ?? 0, 'UDP', (address) => [(port) => listenUdp(address, port, echo(notes))]),
  };
  const ends = opened.move();
  return {
    ports,
    seen: () => notes.seen(),
    forget: () => notes.forget(),
    [Symbol.asyncDispose]: async () => {
      await ends.disposeAsync();
      notes.forget();
    },
  };
}

function checkedZone({ zone, addresses }: SinkOptions): Zone {
  // Room is left for the labels of marked names: a name has 253 letters at most.
  if (!/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/.test(zone) || zone.length > 100)
    refuse(
      'The zone is no domain name in lower case without a last dot, of two labels or more and at most 100 letters.',
    );
  if (addresses.length === 0 || addresses.length > MAX_ADDRESSES) refuse('The sink needs 1 to 16 addresses.');
  if (new Set(addresses).size !== addresses.length) refuse('The sink has an address twice.');
  if (!addresses.every(isOne)) refuse('The sink has an address that is none, or that stands for others.');
  return { name: zone, addresses };
}

/** Not 0.0.0.0 or ::, which are no answer to anybody, and not IPv4 in the form of IPv6. */
const isOne = (address: string): boolean =>
  isIPv4(address) ? address !== '0.0.0.0' : isIP(address) === 6 && !/[.%]/.test(address) && !/^[0:]+$/.test(address);

function refuse(why: string): never {
  throw new LetheError('bad_request', `${why} Nothing was started.`);
}
