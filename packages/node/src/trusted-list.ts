/**
 * The device list in force, and whose it is. Threat: the host or the control plane sends a forged, replayed or foreign list.
 *
 * The owner's key is pinned at the first birth and never changes while the machine lives. Pin and newest list are also kept in a
 * file in memory, written before a list takes effect, so that a crash of the agent opens no window for an older list.
 */

import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { compareDeviceLists, type DeviceList, openDeviceList } from '@lethe/core/devices';
import type { DsseEnvelope } from '@lethe/core/dsse';
import { LetheError } from '@lethe/core/errors';

interface Pin {
  server: string;
  ownerKey: string;
  devices: DsseEnvelope;
}

export class TrustedList {
  readonly #file: string;
  #pin: Pin | undefined;
  #list: DeviceList | undefined;

  private constructor(file: string) {
    this.#file = file;
  }

  /** Finds what an earlier run of the agent had accepted, or nothing. Throws if the file was tampered with. */
  static async open(directory: string, file: string): Promise<TrustedList> {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const trusted = new TrustedList(file);
    const pin = readPin(file);
    if (pin) {
      trusted.#list = await openDeviceList(pin.devices, pin.server, pin.ownerKey);
      trusted.#pin = pin;
    }
    return trusted;
  }

  /** The list in force. */
  get list(): DeviceList | undefined {
    return this.#list;
  }

  /** Accepts the list of a birth. Throws a `LetheError` if it is not a valid, current list of the pinned server and owner. */
  async acceptBirth(server: string, ownerKey: string, devices: DsseEnvelope): Promise<DeviceList> {
    const pin = this.#pin;
    if (pin && (pin.server !== server || pin.ownerKey !== ownerKey)) {
      throw new LetheError('bad_device_list', 'This server belongs to another owner.');
    }
    return this.#accept({ server, ownerKey, devices });
  }

  /** Accepts a later list. Throws a `LetheError` as `acceptBirth` does, also before any birth. */
  async accept(devices: DsseEnvelope): Promise<DeviceList> {
    if (!this.#pin) throw new LetheError('bad_device_list', 'This server has no owner yet.');
    return this.#accept({ ...this.#pin, devices });
  }

  async #accept(pin: Pin): Promise<DeviceList> {
    const next = await openDeviceList(pin.devices, pin.server, pin.ownerKey);
    if (compareDeviceLists(this.#list, next) === 'same') return this.#list!;
    writeFileSync(`${this.#file}.new`, JSON.stringify(pin), { mode: 0o600 });
    renameSync(`${this.#file}.new`, this.#file);
    this.#pin = pin;
    this.#list = next;
    return next;
  }
}

function readPin(file: string): Pin | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Pin;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
