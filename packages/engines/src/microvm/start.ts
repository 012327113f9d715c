/** Starts QEMU in a session of its own, so that it outlives the program that started it, and waits until its machine runs. */

import { type ChildProcessByStdio, type StdioOptions, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { LetheError } from '@lethe/core';
import { identify, type ProcessIdentity } from '../process/process-identity.ts';
import type { HostTools } from './host-tools.ts';
import { ask } from './qmp.ts';
import { takeUpState } from './state.ts';

/** From the start of QEMU to its answer, in milliseconds; a loaded host is slow. */
const START_LIMIT_MS = 30_000;

export interface StartOptions {
  tools: HostTools;
  qmp: string;
  /** True if QEMU is told to keep its memory out of swap. */
  lockMemory: boolean;
  signal?: AbortSignal | undefined;
  /** File with the state the machine goes on from, in place of booting. */
  state?: string | undefined;
  /** Called with the process as soon as there is one: from here on a crash of the caller must not lose it. */
  onProcess: (process: ProcessIdentity) => void;
}

/**
 * Returns once the virtual machine runs. Throws `engine_failed` or `timeout`; the caller then ends what was started. QEMU's own words
 * are the error's cause.
 */
export async function startQemu(args: readonly string[], options: StartOptions): Promise<void> {
  const { qmp, signal, onProcess } = options;
  const child = spawnQemu(args, options);
  let complaint = '';
  const state = { ended: false };
  child.stderr.on('data', (chunk: Buffer) => {
    if (complaint.length < 4096) complaint += chunk.toString('utf8');
  });
  child.once('error', () => {
    state.ended = true;
  });
  child.once('close', () => {
    state.ended = true;
  });
  const identity = child.pid === undefined ? null : identify(child.pid);
  if (identity) onProcess(identity);
  const deadline = Date.now() + START_LIMIT_MS;
  while (!state.ended && !(await answers(qmp))) {
    if (signal?.aborted)
      throw new LetheError('engine_failed', 'The virtual machine was not started: the work was called off.');
    if (Date.now() > deadline) throw new LetheError('timeout', 'The virtual machine did not start in time.');
    await sleep(10);
  }
  if (state.ended) throw new LetheError('engine_failed', reason(complaint), { cause: new Error(complaint.trim()) });
  if (options.state) await takeUpState({ qmp }, signal);
  // From here on the process is on its own: nothing it writes is read, and it does not keep this program running.
  child.stderr.destroy();
  child.unref();
}

type Qemu = ChildProcessByStdio<null, null, Readable>;

function spawnQemu(args: readonly string[], { tools, lockMemory, state }: StartOptions): Qemu {
  const limits = ['--core=0:0', ...(lockMemory ? ['--memlock=unlimited:unlimited'] : [])];
  const waiting = state ? ['-incoming', 'defer'] : [];
  const words = ['--no-new-privs', '--', tools.prlimit, ...limits, '--', tools.qemu, ...args, ...waiting];
  const file = state ? openSync(state, 'r') : null;
  try {
    const stdio: StdioOptions = ['ignore', 'ignore', 'pipe', ...(file === null ? [] : [file])];
    const environment = { PATH: tools.path, LC_ALL: 'C' };
    return spawn(tools.setpriv, words, { detached: true, cwd: '/', stdio, env: environment }) as Qemu;
  } finally {
    if (file !== null) closeSync(file);
  }
}

const answers = (qmp: string): Promise<boolean> =>
  ask(qmp, 'query-status', 5000).then(
    () => true,
    () => false,
  );

/** A sentence for the refusals that a person can do something about. */
function reason(complaint: string): string {
  if (/\/dev\/net\/tun/.test(complaint))
    return 'The virtual machine could not be connected: the host refused a TUN device.';
  if (/cannot set up guest memory|Cannot allocate memory/.test(complaint))
    return 'The host has too little free memory for another virtual machine.';
  if (/No space left on device/.test(complaint))
    return 'The run directory is full: the virtual machine was not started.';
  if (/MEMLOCK|locking memory/.test(complaint)) {
    return 'This host has swap and does not let memory be locked, so a server could end up on a disk. Turn swap off: swapoff -a';
  }
  return 'QEMU could not start the virtual machine.';
}
