/** An owner with servers: keys and signed device lists, as the customer's side makes them. */

import {
  type DesiredServer,
  type DeviceList,
  type DsseEnvelope,
  type EngineKind,
  newOwnerSeed,
  newServerId,
  newToken,
  newX25519Private,
  type OwnerKeys,
  ownerKeys,
  Secret,
  signDeviceList,
  toBase64,
  x25519PublicKey,
} from '@lethe/core';

export const newOwner = (): Promise<OwnerKeys> => ownerKeys(newOwnerSeed());

/** A list of so many new devices. */
export async function deviceList(
  owner: OwnerKeys,
  server: string,
  counter: number,
  devices = 1,
): Promise<DsseEnvelope> {
  const list: DeviceList = { server, counter, sealTo: owner.sealTo, devicesMayTalk: false, devices: [] };
  for (let slot = 2; slot < 2 + devices; slot += 1) {
    list.devices.push({ key: toBase64(await x25519PublicKey(newX25519Private('wireguard'))), slot });
  }
  return signDeviceList(list, owner);
}

/** What the control plane wants of a new server. */
export async function newDesired(
  owner: OwnerKeys,
  port: number,
  change: Partial<DesiredServer> = {},
): Promise<DesiredServer> {
  const server = change.server ?? newServerId();
  return {
    server,
    engine: 'container' satisfies EngineKind,
    port,
    ownerKey: owner.ownerKey,
    devices: await deviceList(owner, server, 1),
    enrolmentToken: newToken(),
    ...change,
  };
}

/** base64 WireGuard public key of a base64 private one. */
export async function publicOf(privateKey: string): Promise<string> {
  const bytes = Uint8Array.from(atob(privateKey), (char) => char.charCodeAt(0));
  return toBase64(await x25519PublicKey(new Secret('wireguard', bytes)));
}
