/** A WireGuard device as the auditor's client. */

import { randomBytes } from 'node:crypto';
import { Device } from '@lethe/testkit';
import type { Seat, TunnelClient } from './client.ts';
import { inside } from './room.ts';

export async function connectWireguard(text: string, { room, internet }: Seat): Promise<TunnelClient> {
  const device = await Device.connect(text, {
    ...inside(room.enter),
    interface: `lethe${randomBytes(3).toString('hex')}`,
    outside: { ...inside(internet), network: String(room.pid) },
  });
  return {
    resolvers: device.conf.dns,
    identity: async (outer) => ({
      outer: outer === null ? null : { address: outer, port: await device.listenPort() },
      inner: device.conf.addresses.map((address) => address.split('/')[0]!),
      publicKey: await device.publicKey(),
    }),
    pids: () => (device.daemonPid === null ? [] : [device.daemonPid]),
    [Symbol.asyncDispose]: () => device[Symbol.asyncDispose](),
  };
}
