/**
 * Live status of a server, read from its memory on request and sealed to the owner (CL-04, CL-08). The plaintext is padded to one
 * size, so that the ciphertext tells the control plane nothing about how many devices there are or what they do.
 */

import { fromBase64Url, fromUtf8, utf8 } from './bytes.ts';
import { LetheError } from './errors.ts';
import { openSealed, sealTo } from './seal.ts';
import type { Secret } from './secret.ts';

export const STATUS_INFO = 'lethe status v1';
/** Bytes of padded plaintext: ten devices at about 140 bytes each, with room. */
export const STATUS_BYTES = 2048;

export interface DeviceStatus {
  /** WireGuard public key, base64. */
  key: string;
  /** Whole seconds since the last handshake; null before the first. */
  handshakeAgeS: number | null;
  receivedBytes: number;
  sentBytes: number;
}

export interface ServerStatus {
  /** Counter of the device list in force. */
  counter: number;
  /** Whole seconds since this machine was born. */
  uptimeS: number;
  devices: DeviceStatus[];
}

/** A device counts as online for this long after a handshake: WireGuard renews a session that carries traffic every 120 s and rejects it after 180 s. */
export const ONLINE_FOR_S = 180;
export const isOnline = (device: DeviceStatus): boolean =>
  device.handshakeAgeS !== null && device.handshakeAgeS < ONLINE_FOR_S;

/** Seals a status to the owner's key (base64url X25519). Returns base64 of a constant length. */
export async function sealStatus(status: ServerStatus, ownerSealTo: string, server: string): Promise<string> {
  const text = utf8(JSON.stringify(status));
  if (text.length > STATUS_BYTES) throw new LetheError('internal', 'The status does not fit its fixed size.');
  const padded = new Uint8Array(STATUS_BYTES).fill(0x20);
  padded.set(text);
  return sealTo(fromBase64Url(ownerSealTo), STATUS_INFO, server, padded);
}

/** Opens a sealed status with the owner's sealing key. */
export async function openStatus(sealed: string, key: Secret<'owner-seal'>, server: string): Promise<ServerStatus> {
  return JSON.parse(fromUtf8(await openSealed(key, STATUS_INFO, server, sealed))) as ServerStatus;
}
