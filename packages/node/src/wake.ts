/**
 * What a virtual machine needs that may be a copy of another: randomness and a time of its own.
 *
 * Threat: copies begin with the same state of the kernel's random generator and of OpenSSL's in this process. Keys drawn from it would be
 * the same on two servers. So nothing is drawn before this has succeeded; a machine where it does not is never born.
 */

import { closeSync, openSync, writeSync } from 'node:fs';
import { fromBase64 } from '@lethe/core/bytes';
import { wakeFilter } from './filter-start.ts';
import { lifeHasBegun } from './forget/age.ts';
import { endResolver } from './resolver-start.ts';

/** Of linux/random.h: _IO('R', 0x07), makes the kernel's generator take in what was mixed into its pool, at once. */
const RNDRESEEDCRNG = 0x5207n;
const CLOCK_REALTIME = 0;
const SEED_BYTES = 32;

/**
 * Mixes 32 random bytes (base64) into the kernel's generator and that into OpenSSL's, whose generators for threads follow; then sets the
 * clock, in milliseconds since 1970. A filter that runs already does the same for itself. Throws if any of it fails.
 */
export async function wakeUp(seed: string, timeMs: number): Promise<void> {
  const bytes = fromBase64(seed);
  if (bytes.length !== SEED_BYTES) throw new RangeError('A seed has 32 bytes.');
  const { ioctl, RAND_poll, clock_settime } = await library();
  const device = openSync('/dev/urandom', 'r+');
  try {
    if (writeSync(device, bytes) !== SEED_BYTES) throw new Error('The kernel did not take the seed.');
    if (ioctl(device, RNDRESEEDCRNG, 0n) !== 0) throw new Error('The kernel did not use the seed.');
  } finally {
    closeSync(device);
  }
  if (RAND_poll() !== 1) throw new Error('OpenSSL did not use the seed.');
  await wakeFilter();
  // None runs before the first birth, unless a rehearsal was cut off: what it would draw, its copies would draw too.
  if (!lifeHasBegun()) await endResolver();
  if (clock_settime(CLOCK_REALTIME, timespec(timeMs)) !== 0) throw new Error('The clock could not be set.');
}

/** `struct timespec` of a 64-bit system. */
function timespec(timeMs: number): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeBigInt64LE(BigInt(Math.floor(timeMs / 1000)), 0);
  bytes.writeBigInt64LE(BigInt(timeMs % 1000) * 1_000_000n, 8);
  return bytes;
}

/** Loaded where it is needed: a container has neither a kernel nor a clock of its own. */
async function library() {
  const { dlopen } = await import('node:ffi');
  return dlopen(null, {
    ioctl: { arguments: ['i32', 'u64', 'u64'], return: 'i32' },
    RAND_poll: { arguments: [], return: 'i32' },
    clock_settime: { arguments: ['i32', 'pointer'], return: 'i32' },
  }).functions;
}
