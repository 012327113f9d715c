/** A customer of the test: owner keys, device keys and signed lists. */

import {
  type Birth,
  type Device,
  type DeviceList,
  type DsseEnvelope,
  newOwnerSeed,
  newServerId,
  newX25519Private,
  type OwnerKeys,
  ownerKeys,
  signDeviceList,
  toBase64,
  x25519PublicKey,
} from '@lethe/core';
import { LINK } from './lab.ts';

export interface TestDevice extends Device {
  privateKey: Uint8Array;
}

export async function newDevice(slot: number): Promise<TestDevice> {
  const secret = newX25519Private('wireguard');
  return { key: toBase64(await x25519PublicKey(secret)), slot, privateKey: secret.reveal() };
}

export class Customer {
  readonly server: string = newServerId();
  readonly owner: OwnerKeys;
  counter = 0;
  private constructor(owner: OwnerKeys) {
    this.owner = owner;
  }
  static async create(): Promise<Customer> {
    return new Customer(await ownerKeys(newOwnerSeed()));
  }

  /** A list with the next counter, unless overridden. */
  list(devices: readonly Device[], override: Partial<DeviceList> = {}): Promise<DsseEnvelope> {
    this.counter += 1;
    const plain = devices.map(({ key, slot }) => ({ key, slot }));
    const list = {
      server: this.server,
      counter: this.counter,
      sealTo: this.owner.sealTo,
      devicesMayTalk: false,
      devices: plain,
    };
    return signDeviceList({ ...list, ...override }, this.owner);
  }

  birth(devices: DsseEnvelope, override: Partial<Birth> = {}): Birth {
    const { server, owner } = this;
    return {
      type: 'birth',
      server,
      ownerKey: owner.ownerKey,
      devices,
      settings: null,
      keys: null,
      link: LINK,
      enrolmentToken: null,
      rootAnchors: null,
      seed: Buffer.alloc(32, 7).toString('base64'),
      timeMs: Date.now(),
      ...override,
    };
  }
}
