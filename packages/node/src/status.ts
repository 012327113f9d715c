/** Live status: read from the tunnel when the owner asks, signed and sealed to the owner's key, and forgotten. */

import type { DeviceList } from '@lethe/core/devices';
import type { Secret } from '@lethe/core/secret';
import { type DeviceStatus, type ServerStatus, sealStatus } from '@lethe/core/status';
import { TUNNEL_INTERFACE } from './addresses.ts';
import { run } from './run.ts';

const columns = (text: string): string[][] =>
  text.split('\n').flatMap((line) => (line === '' ? [] : [line.split('\t')]));

/**
 * Status of each listed device from `wg show … latest-handshakes` and `… transfer`. Not from `dump`, which also prints the outer
 * addresses of devices: they never enter the agent's memory.
 */
export function deviceStatus(list: DeviceList, handshakes: string, transfer: string, nowS: number): DeviceStatus[] {
  const handshakeOf = new Map(columns(handshakes).map(([key = '', time]) => [key, Number(time)]));
  const transferOf = new Map(
    columns(transfer).map(([key = '', received, sent]) => [key, [Number(received), Number(sent)] as const]),
  );
  return list.devices.map(({ key }) => {
    const last = handshakeOf.get(key) ?? 0;
    const [receivedBytes, sentBytes] = transferOf.get(key) ?? [0, 0];
    return { key, handshakeAgeS: last === 0 ? null : Math.max(0, Math.floor(nowS - last)), receivedBytes, sentBytes };
  });
}

/** What a status says besides the devices. */
export type StatusFacts = Pick<ServerStatus, 'settingsCounter' | 'uptimeS' | 'blocked'>;

/** The status of this server now, with the list that is in force: the signed answer to a challenge, sealed to its owner. */
export async function sealedStatus(
  list: DeviceList,
  facts: StatusFacts,
  challenge: string,
  nodeKey: Secret<'node-sign'>,
): Promise<string> {
  const [handshakes, transfer] = await Promise.all([
    run('wg', ['show', TUNNEL_INTERFACE, 'latest-handshakes']),
    run('wg', ['show', TUNNEL_INTERFACE, 'transfer']),
  ]);
  const devices = deviceStatus(list, handshakes, transfer, Date.now() / 1000);
  const status = { ...facts, counter: list.counter, devices };
  return sealStatus(status, { server: list.server, challenge }, nodeKey, list.sealTo);
}
