/**
 * The state of a virtual machine's devices and processor, written to a file and taken up again by another QEMU. The guest's memory is not
 * part of it: that is a file already (see memory.ts), and `x-ignore-shared` keeps it out of the stream.
 *
 * QEMU may start no program and sees no directory but its own. So it hands its state over a socket there, and is given a file that is
 * open already.
 */

import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { LetheError } from '@lethe/core';
import { ask } from './qmp.ts';
import type { MachinePaths } from './record.ts';

const LIMIT_MS = 30_000;
/** Some 400 KB with the devices that servers have. */
const MOST_BYTES = 16 << 20;
const WITHOUT_MEMORY = { capabilities: [{ capability: 'x-ignore-shared', state: true }] };
/** Descriptor under which a QEMU that takes up a state finds it. */
export const STATE_DESCRIPTOR = 3;

/** Writes the state of a machine that is stopped. Throws `engine_failed` or `timeout`. */
export async function saveState(paths: MachinePaths, file: string): Promise<void> {
  const { promise: bytes, resolve, reject } = Promise.withResolvers<Buffer>();
  bytes.catch(() => {});
  const server = createServer((socket) => collect(socket).then(resolve, reject));
  try {
    await listen(server, paths.state);
    // QEMU is a user of its own by now. Nobody else comes here: the directory above is closed.
    chmodSync(paths.directory, 0o711);
    chmodSync(paths.state, 0o666);
    await ask(paths.qmp, 'migrate-set-capabilities', LIMIT_MS, WITHOUT_MEMORY);
    await ask(paths.qmp, 'migrate', LIMIT_MS, { uri: 'unix:/state' });
    await until(paths, 'query-migrate', 'completed', ['failed', 'cancelled']);
    writeFileSync(file, await bytes, { mode: 0o600 });
  } finally {
    server.close();
    rmSync(paths.state, { force: true });
  }
}

/** Gives a QEMU that was started with `-incoming defer` the state behind `STATE_DESCRIPTOR`, and lets it run. Throws like `saveState`. */
export async function takeUpState(paths: Pick<MachinePaths, 'qmp'>, signal?: AbortSignal): Promise<void> {
  await ask(paths.qmp, 'migrate-set-capabilities', LIMIT_MS, WITHOUT_MEMORY);
  await ask(paths.qmp, 'migrate-incoming', LIMIT_MS, { uri: `fd:${STATE_DESCRIPTOR}` });
  await until(paths, 'query-status', 'paused', [], signal);
  await ask(paths.qmp, 'cont', LIMIT_MS);
}

async function until(
  paths: Pick<MachinePaths, 'qmp'>,
  question: string,
  wanted: string,
  bad: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  for (const deadline = Date.now() + LIMIT_MS; Date.now() < deadline; await sleep(10)) {
    if (signal?.aborted) throw new LetheError('engine_failed', 'The work on a virtual machine was called off.');
    const { status } = (await ask(paths.qmp, question, LIMIT_MS)) as { status?: string };
    if (status === wanted) return;
    if (bad.includes(status ?? '')) throw new LetheError('engine_failed', 'The virtual machine lost its state.');
  }
  throw new LetheError('timeout', 'The virtual machine took too long with its state.');
}

const listen = (server: Server, path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });

async function collect(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MOST_BYTES) throw new LetheError('engine_failed', 'The state of a virtual machine is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
