/** Servers as QEMU virtual machines: a kernel of their own, a read-only root under dm-verity, no disk that can be written. */

import { execFile } from 'node:child_process';
import { accessSync, mkdirSync, readFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { promisify } from 'node:util';
import {
  type Engine,
  type EngineCapabilities,
  type ImageFiles,
  LetheError,
  type MachineRecord,
  type MachineSpec,
} from '@lethe/core';
import { findTool, searchPath } from '../container/command.ts';
import { ExitWatch } from '../container/exit-watch.ts';
import type { EngineOptions } from '../options.ts';
import { chooseAccelerator } from './accelerator.ts';
import { endProcess, isGone, processesNamed } from './processes.ts';
import { type Accelerator, type HostFacts, machineArguments, processName } from './qemu.ts';
import {
  isMachineId,
  type MachineFile,
  type MachinePaths,
  machineIds,
  machinePaths,
  makeMachineDirectory,
  readRecord,
  removeMachineDirectory,
  writeRecord,
} from './record.ts';
import { startQemu } from './start.ts';

export interface MicrovmOptions extends EngineOptions {
  /** The image whose kernel the probe boots. */
  image: ImageFiles;
  /** Skips the probe. */
  accelerator?: Accelerator;
}

/** Longest path of a unix socket in bytes: sizeof sun_path less the final zero. */
const SOCKET_PATH_BYTES = 107;
const TUN_DEVICE = '/dev/net/tun';

export class MicrovmEngine implements Engine {
  readonly kind = 'microvm';
  readonly #options: MicrovmOptions;
  readonly #path: string;
  readonly #exits = new ExitWatch();
  readonly #streams = new Map<string, Socket>();
  #accelerator: Promise<Accelerator> | null = null;
  #facts: Promise<HostFacts> | null = null;

  constructor(options: MicrovmOptions) {
    this.#options = options;
    this.#path = searchPath(options.path);
  }

  /** Boots the probe the first time, unless an accelerator was given: up to some 8 seconds where /dev/kvm hangs. */
  async capabilities(): Promise<EngineCapabilities> {
    const accelerator = await this.#chosen();
    const limits = accelerator === 'tcg' ? (['software-emulation'] as const) : [];
    return { kind: 'microvm', accelerator, ownKernel: true, kernelWireguard: true, limits };
  }

  /**
   * `pids` is not used: the server's processes live in its own kernel, and its memory is what bounds them. Throws `already_exists` for
   * a running machine of this id; what is left of a dead one makes room.
   */
  async create(spec: MachineSpec, signal?: AbortSignal): Promise<void> {
    const paths = machinePaths(this.#options.runDir, spec.id);
    this.#check(spec, paths);
    const accelerator = await this.#chosen();
    const facts = await this.#hostFacts();
    await this.#makeRoom(spec.id);
    const machine: MachineFile = {
      id: spec.id,
      hostInterface: spec.hostInterface,
      imageDigest: spec.image.digest,
      process: null,
    };
    this.#makeDirectory(paths, machine);
    try {
      signal?.throwIfAborted();
      const name = processName(this.#options.instance, spec.id);
      await startQemu(machineArguments(spec, accelerator, name, { agent: paths.agent, qmp: paths.qmp }, facts), {
        tools: {
          setpriv: findTool('setpriv', 'util-linux', this.#path),
          prlimit: findTool('prlimit', 'util-linux', this.#path),
          qemu: this.#qemu(),
        },
        path: this.#path,
        qmp: paths.qmp,
        lockMemory: facts.swap,
        signal,
        onProcess: (process) => writeRecord(paths, { ...machine, process }),
      });
    } catch (cause) {
      await this.destroy(spec.id);
      throw cause instanceof LetheError ? cause : failure(cause);
    }
  }

  async destroy(id: string): Promise<void> {
    if (!isMachineId(id)) return;
    this.#exits.forget(id);
    this.#streams.get(id)?.destroy();
    this.#streams.delete(id);
    const paths = machinePaths(this.#options.runDir, id);
    const recorded = readRecord(paths)?.process;
    if (recorded) await endProcess(recorded);
    // A creation that was interrupted before it could write down its process.
    for (const process of processesNamed(processName(this.#options.instance, id))) await endProcess(process);
    removeMachineDirectory(paths);
  }

  async list(): Promise<MachineRecord[]> {
    return machineIds(this.#options.runDir).map((id) => {
      const record = readRecord(machinePaths(this.#options.runDir, id));
      const state = record?.process && !isGone(record.process) ? 'running' : 'dead';
      return { id, hostInterface: record?.hostInterface ?? '', imageDigest: record?.imageDigest ?? '', state };
    });
  }

  /** Takes the place of an earlier stream to the same agent: QEMU serves one at a time. */
  async connect(id: string): Promise<Duplex> {
    const paths = machinePaths(this.#options.runDir, id);
    const process = isMachineId(id) ? readRecord(paths)?.process : null;
    if (!process || isGone(process)) throw unreachable();
    await closed(this.#streams.get(id));
    const socket = createConnection(paths.agent);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', () => reject(unreachable()));
    });
    // A broken stream shows as its end; the reason is of no use to anyone.
    socket.on('error', () => socket.destroy());
    this.#streams.set(id, socket);
    return socket;
  }

  onExit(id: string, callback: () => void): () => void {
    return this.#exits.add(id, readRecord(machinePaths(this.#options.runDir, id))?.process ?? null, callback);
  }

  #check(spec: MachineSpec, paths: MachinePaths): void {
    if (!isMachineId(spec.id)) throw new LetheError('bad_request', 'The server id is malformed.');
    if (!/^[A-Za-z0-9_-]{1,15}$/.test(spec.hostInterface))
      throw new LetheError('bad_request', 'The interface name is malformed.');
    if (Buffer.byteLength(paths.agent) > SOCKET_PATH_BYTES) {
      throw new LetheError(
        'engine_failed',
        'The run directory has too long a path for a socket. Choose a shorter one.',
      );
    }
    try {
      accessSync(TUN_DEVICE);
    } catch (cause) {
      throw new LetheError(
        'engine_failed',
        'This host has no TUN device (/dev/net/tun). Load the kernel module tun and try again.',
        { cause },
      );
    }
    this.#qemu();
  }

  async #makeRoom(id: string): Promise<void> {
    const there = (await this.list()).find((machine) => machine.id === id);
    if (there?.state === 'running')
      throw new LetheError('already_exists', 'The machine runs already. It was left as it is.');
    await this.destroy(id);
  }

  #makeDirectory(paths: MachinePaths, machine: MachineFile): void {
    if (interfaceExists(machine.hostInterface)) {
      throw new LetheError(
        'engine_failed',
        'The host already has a network interface of that name. Nothing was changed.',
      );
    }
    try {
      mkdirSync(this.#options.runDir, { recursive: true, mode: 0o700 });
      makeMachineDirectory(paths, machine);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST')
        throw new LetheError('already_exists', 'The machine is being started already.');
      removeMachineDirectory(paths);
      throw failure(error);
    }
  }

  #qemu(): string {
    return findTool('qemu-system-x86_64', 'qemu-system-x86', this.#path);
  }

  #chosen(): Promise<Accelerator> {
    this.#accelerator ??= this.#choose().catch((error: unknown) => {
      this.#accelerator = null;
      throw error;
    });
    return this.#accelerator;
  }

  async #choose(): Promise<Accelerator> {
    const { accelerator, image, runDir, instance } = this.#options;
    if (accelerator) return accelerator;
    mkdirSync(runDir, { recursive: true, mode: 0o700 });
    return chooseAccelerator(image, { qemu: this.#qemu(), runDir, instance, facts: await this.#hostFacts() });
  }

  #hostFacts(): Promise<HostFacts> {
    this.#facts ??= hostFacts(this.#qemu());
    return this.#facts;
  }
}

async function hostFacts(qemu: string): Promise<HostFacts> {
  const { stdout } = await promisify(execFile)(qemu, ['-version']);
  const match = /version (\d+)\.(\d+)/.exec(stdout);
  const swap = readFileSync('/proc/swaps', 'utf8').trim().split('\n').length > 1;
  return { version: [Number(match?.[1] ?? 0), Number(match?.[2] ?? 0)], swap };
}

/** /proc/net shows the network namespace of the reader, whatever /sys shows. */
const interfaceExists = (name: string): boolean =>
  readFileSync('/proc/net/dev', 'utf8')
    .split('\n')
    .some((line) => line.trim().startsWith(`${name}:`));

const closed = (socket: Socket | undefined): Promise<void> =>
  new Promise((resolve) => {
    if (!socket || socket.closed) return resolve();
    socket.once('close', () => resolve());
    socket.destroy();
  });

const unreachable = (): LetheError => new LetheError('unreachable', "The server's virtual machine does not run.");

function failure(cause: unknown): LetheError {
  if ((cause as NodeJS.ErrnoException).code === 'ENOSPC') {
    return new LetheError(
      'disk_full',
      'The run directory is full: the virtual machine was not started, and nothing is left of it.',
      { cause },
    );
  }
  return new LetheError('engine_failed', 'The virtual machine could not be started. Nothing is left of it.', { cause });
}
