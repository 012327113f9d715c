/** Checks of untrusted values at the border, shared by the messages of agents and of the control plane. */

import type { DsseEnvelope } from '@lethe/core';

export type Fields = Record<string, unknown>;

/** True for an object with exactly these fields. */
export function hasExactly(value: unknown, ...names: string[]): value is Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.keys(value).toSorted().join() === names.toSorted().join();
}

export const isText = (value: unknown, most: number): value is string =>
  typeof value === 'string' && value.length <= most;

export const isBase64 = (value: unknown, least: number, most: number): value is string =>
  isText(value, most) && value.length >= least && /^[A-Za-z0-9+/]+={0,2}$/.test(value);

/** Standard base64 of 32 bytes. */
export const isKey32 = (value: unknown): value is string => isBase64(value, 44, 44);

/** base64url of 32 bytes: an Ed25519 public key or a token. */
export const isKey32Url = (value: unknown): value is string =>
  typeof value === 'string' && /^[A-Za-z0-9_-]{43}$/.test(value);

export const isCount = (value: unknown, most: number): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most;

/** The shape of a signed document of bounded size. Its signature is checked where it is used. */
export const isEnvelope = (value: unknown): value is DsseEnvelope =>
  hasExactly(value, 'payloadType', 'payload', 'signatures') &&
  isText(value['payloadType'], 128) &&
  isText(value['payload'], 16_384) &&
  Array.isArray(value['signatures']) &&
  value['signatures'].length <= 8 &&
  value['signatures'].every(
    (entry) => hasExactly(entry, 'keyid', 'sig') && isText(entry['keyid'], 128) && isText(entry['sig'], 128),
  );
