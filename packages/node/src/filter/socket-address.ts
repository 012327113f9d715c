/** Addresses as the kernel takes and gives them: `sockaddr_in` and `sockaddr_in6`. */

import { isIPv6 } from 'node:net';
import type { Place } from './arguments.ts';
import { block, inet_pton } from './system-calls.ts';

export const AF_INET = 2;
export const AF_INET6 = 10;
/** Room for either: family (2 bytes, in the machine's order), port (2), then 4 bytes; or flow (4), 16 bytes and scope (4). */
export const SOCKET_ADDRESS_BYTES = 28;
export const IPV4_SOCKET_ADDRESS_BYTES = 16;
const IPV4_OFFSET = 4;
const IPV6_OFFSET = 8;

const packed = block(16);

/** An address as 4 or 16 bytes. Throws a TypeError for anything else than a number. */
export function packAddress(address: string): Buffer {
  const six = isIPv6(address);
  if (inet_pton(six ? AF_INET6 : AF_INET, address, packed.pointer) !== 1)
    throw new TypeError('An address is malformed.');
  return Buffer.from(packed.bytes.subarray(0, six ? 16 : 4));
}

export function toSocketAddress({ address, port }: Place): Buffer {
  const bytes = packAddress(address);
  const six = bytes.length === 16;
  const out = Buffer.alloc(six ? SOCKET_ADDRESS_BYTES : IPV4_SOCKET_ADDRESS_BYTES);
  out.writeUInt16LE(six ? AF_INET6 : AF_INET);
  out.writeUInt16BE(port, 2);
  out.set(bytes, six ? IPV6_OFFSET : IPV4_OFFSET);
  return out;
}

interface Range {
  network: Buffer;
  bits: number;
}

/** True if the address in `bytes` at `offset` may ask. */
export type AllowsSocket = (bytes: Uint8Array, offset: number) => boolean;

/** Like `allowedSources`, for addresses as the kernel gives them, and without an object for each. */
export function allowedSockets(ranges: readonly string[]): AllowsSocket {
  const all = ranges.map((range): Range => {
    const [network, length] = range.split('/');
    return { network: packAddress(network!), bits: Number(length) };
  });
  const four = all.filter(({ network }) => network.length === 4);
  const six = all.filter(({ network }) => network.length === 16);
  return (bytes, offset) => {
    const isFour = bytes[offset] === AF_INET;
    const start = offset + (isFour ? IPV4_OFFSET : IPV6_OFFSET);
    for (const range of isFour ? four : six) if (within(range, bytes, start)) return true;
    return false;
  };
}

function within({ network, bits }: Range, bytes: Uint8Array, start: number): boolean {
  const whole = bits >> 3;
  for (let index = 0; index < whole; index += 1) if (bytes[start + index] !== network[index]) return false;
  const rest = bits & 7;
  return rest === 0 || (bytes[start + whole]! ^ network[whole]!) >> (8 - rest) === 0;
}
