/**
 * The few functions of the C library, of libuv and of OpenSSL that Node has no words for. Most are for many datagrams with one system
 * call, into and out of memory that is made once: `dgram` makes a buffer of 64 KiB and some objects for each datagram, which cost more
 * than the filter's work.
 *
 * Nothing here checks a pointer. Only `datagram-socket.ts`, `socket-address.ts`, `lean.ts` and `filter.ts` use it, with lengths of their
 * own and memory that lives as long as the process.
 */

import { dlopen, getCurrentEventLoop, getRawPointer } from 'node:ffi';

const library = dlopen(null, {
  socket: { arguments: ['i32', 'i32', 'i32'], return: 'i32' },
  setsockopt: { arguments: ['i32', 'i32', 'i32', 'pointer', 'u32'], return: 'i32' },
  bind: { arguments: ['i32', 'pointer', 'u32'], return: 'i32' },
  connect: { arguments: ['i32', 'pointer', 'u32'], return: 'i32' },
  getsockname: { arguments: ['i32', 'pointer', 'pointer'], return: 'i32' },
  close: { arguments: ['i32'], return: 'i32' },
  recvmmsg: { arguments: ['i32', 'pointer', 'u32', 'i32', 'pointer'], return: 'i32' },
  sendmmsg: { arguments: ['i32', 'pointer', 'u32', 'i32'], return: 'i32' },
  inet_pton: { arguments: ['i32', 'string', 'pointer'], return: 'i32' },
  madvise: { arguments: ['pointer', 'u64', 'i32'], return: 'i32' },
  RAND_poll: { arguments: [], return: 'i32' },
  uv_handle_size: { arguments: ['i32'], return: 'u64' },
  uv_poll_init: { arguments: ['pointer', 'pointer', 'i32'], return: 'i32' },
  uv_poll_start: { arguments: ['pointer', 'i32', 'pointer'], return: 'i32' },
  uv_poll_stop: { arguments: ['pointer'], return: 'i32' },
  uv_close: { arguments: ['pointer', 'pointer'], return: 'void' },
});

export const { socket, setsockopt, bind, connect, getsockname, close, recvmmsg, sendmmsg, inet_pton, madvise } =
  library.functions;

/** Memory that neither moves nor goes: every block made here is held until the process ends. */
const held: Uint8Array[] = [];

export interface Block {
  bytes: Buffer;
  pointer: bigint;
}

export function block(length: number): Block {
  // Never so small that the engine would keep it among its own objects, which move.
  const bytes = Buffer.alloc(Math.max(length, 128));
  held.push(bytes);
  return { bytes, pointer: getRawPointer(bytes) };
}

/** Makes OpenSSL's random generators take in what the kernel's has now. Throws if they do not. */
export function reseed(): void {
  if (library.functions.RAND_poll() !== 1) throw new Error('OpenSSL did not take in new randomness.');
}

/** `uv_handle_type` and `uv_poll_event` of libuv's uv.h. */
const UV_POLL = 8;
const UV_READABLE = 1;

/** Calls `ready` on the event loop whenever there is something to read. Ends with the function returned. */
export function whenReadable(descriptor: number, ready: () => void): () => void {
  const { uv_handle_size, uv_poll_init, uv_poll_start, uv_poll_stop, uv_close } = library.functions;
  const handle = block(Number(uv_handle_size(UV_POLL))).pointer;
  // An exception must not pass through C: it goes on as one that nobody caught.
  const callback = library.lib.registerCallback({ arguments: ['pointer', 'i32', 'i32'], return: 'void' }, () => {
    try {
      ready();
    } catch (error) {
      setImmediate(() => {
        throw error;
      });
    }
  });
  if (
    uv_poll_init(getCurrentEventLoop(), handle, descriptor) !== 0 ||
    uv_poll_start(handle, UV_READABLE, callback) !== 0
  )
    throw new Error('A socket could not be watched');
  return () => {
    uv_poll_stop(handle);
    uv_close(handle, null);
    library.lib.unregisterCallback(callback);
  };
}
