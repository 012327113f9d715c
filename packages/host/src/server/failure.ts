/** Why a server could not be brought up: the closed list its owner sees, and when to say it. */

import { type HostFailure, LetheError } from '@lethe/core';

/** A reason in the words of the protocol. */
export class ServerFailure extends Error {
  override readonly name = 'ServerFailure';
  readonly failure: HostFailure;
  constructor(failure: HostFailure, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.failure = failure;
  }
}

const LIST_CODES = new Set([
  'bad_device_list',
  'bad_public_key',
  'bad_address',
  'duplicate_key',
  'address_taken',
  'too_many_devices',
  'stale_counter',
  'bad_signature',
  'bad_encoding',
  'bad_request',
]);

/** True for what `openDeviceList` and `compareDeviceLists` throw. */
export const isListError = (error: unknown): boolean => error instanceof LetheError && LIST_CODES.has(error.code);

/** The reason behind an error. */
export function failureOf(error: unknown): HostFailure {
  if (error instanceof ServerFailure) return error.failure;
  const code = error instanceof LetheError ? error.code : 'internal';
  if (code === 'port_in_use' || code === 'disk_full') return code;
  return code === 'timeout' ? 'engine_timeout' : 'engine_failed';
}

/** True for reasons that another try right away may remove: their owner is told after a few tries only. */
export const mayPass = (failure: HostFailure): boolean =>
  failure === 'engine_failed' || failure === 'engine_timeout' || failure === 'agent_failed';
