/** What the filter is told on its command line. */

import { isIP, isIPv6 } from 'node:net';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { slotAddresses, TUNNEL } from '@lethe/core/tunnel';
import { PLACES } from '../places.ts';
import { RESOLVER } from '../resolver.ts';
import { TUNNEL_SOURCES } from './sources.ts';

const DNS_PORT = 53;

export interface Place {
  address: string;
  port: number;
}

export interface FilterArguments {
  listen: Place[];
  upstream: Place;
  /** Holds the choices and the table. */
  directory: string;
  /** Path of the control socket. */
  control: string;
  /** Networks that are answered. */
  sources: readonly string[];
  /** Number of the user and group to be from the start on, or null to stay who started it. */
  user: number | null;
}

/** Reads `--listen`, `--upstream`, `--directory`, `--control` and `--allow`; what is missing is as on a server. Throws a TypeError. */
export function readArguments(args: readonly string[]): FilterArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      listen: { type: 'string', multiple: true },
      upstream: { type: 'string' },
      directory: { type: 'string' },
      control: { type: 'string' },
      allow: { type: 'string', multiple: true },
      user: { type: 'string' },
    },
  });
  const server = slotAddresses(TUNNEL.serverSlot);
  const directory = values.directory ?? PLACES.filterDirectory;
  return {
    listen: values.listen?.map(readPlace) ?? [server.ipv4, server.ipv6].map((address) => ({ address, port: DNS_PORT })),
    upstream: values.upstream === undefined ? RESOLVER : readPlace(values.upstream),
    directory,
    control: values.control ?? join(directory, 'control.sock'),
    sources: values.allow ?? TUNNEL_SOURCES,
    user: values.user === undefined ? null : Number(values.user),
  };
}

/** Reads 127.0.0.1:53 or [::1]:53. */
function readPlace(text: string): Place {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):([0-9]{1,5})$/.exec(text);
  const address = match?.[1] ?? match?.[2] ?? '';
  const port = Number(match?.[3]);
  if (isIP(address) === 0 || isIPv6(address) !== (match?.[1] !== undefined) || port > 65_535)
    throw new TypeError('An address is malformed: write it like 127.0.0.1:53 or [::1]:53.');
  return { address, port };
}
