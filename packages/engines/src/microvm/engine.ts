/** Servers as QEMU virtual machines: a kernel of their own, a read-only root under dm-verity, no disk that can be written. */

import { randomBytes } from 'node:crypto';
import { accessSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import {
  type Engine,
  type EngineCapabilities,
  type ImageFiles,
  LetheError,
  type MachineRecord,
  type MachineSpec,
  type MemoryArea,
} from '@lethe/core';
import type { EngineOptions } from '../options.ts';
import { ExitWatch } from '../process/exit-watch.ts';
import type { ProcessIdentity } from '../process/process-identity.ts';
import { chooseAccelerator } from './accelerator.ts';
import { type HostTools, hostHasSwap, interfaceExists } from './host-tools.ts';
import { GuestMemory } from './memory.ts';
import { endProcess, isGone, processesNamed } from './processes.ts';
import { type Accelerator, machineArguments, processName } from './qemu.ts';
import { ask } from './qmp.ts';
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
import { argumentsOf, isImageMachine } from './running-image.ts';
import { startQemu } from './start.ts';
import { saveState } from './state.ts';
import { Streams, unreachable } from './streams.ts';
import { type Template, type TemplateSize, takeTemplate } from './template.ts';
import { Templates } from './templates.ts';

export interface MicrovmOptions extends EngineOptions {
  /** The image whose kernel the probe boots. */
  image: ImageFiles;
  /** Skips the probe. */
  accelerator?: Accelerator;
  /** Directory on tmpfs for the memory of machines, in place of /dev/shm. */
  memoryDir?: string;
}

const QMP_LIMIT_MS = 10_000;
/** What a copy of a template fails with for reasons that a boot would share. */
const KEPT_ERRORS: ReadonlySet<string> = new Set(['disk_full', 'already_exists', 'bad_request']);

/** Longest path of a unix socket in bytes: sizeof sun_path less the final zero. */
const SOCKET_PATH_BYTES = 107;
const TUN_DEVICE = '/dev/net/tun';

export class MicrovmEngine implements Engine {
  readonly kind = 'microvm';
  readonly #options: MicrovmOptions;
  readonly #tools: HostTools;
  readonly #exits = new ExitWatch(isGone);
  readonly #streams = new Streams();
  readonly #memory: GuestMemory;
  readonly #templates: Templates;
  #accelerator: Promise<Accelerator> | null = null;

  constructor(options: MicrovmOptions, tools: HostTools) {
    this.#options = options;
    this.#tools = tools;
    this.#memory = new GuestMemory(options.instance, options.memoryDir);
    this.#templates = new Templates(join(options.runDir, 'template'));
  }

  /**
   * Overwrites what machines left that ended while no engine looked after them, and watches those that run: the memory of one that ends
   * by itself is overwritten within a second or two. Its record stays, so that it is listed as dead.
   */
  async adopt(): Promise<void> {
    for (const { id, state } of await this.list()) {
      if (state === 'running') this.#watch(id);
      else await this.#wipeDead(id);
    }
  }

  /** Boots the probe the first time, unless an accelerator was given: up to some 8 seconds where /dev/kvm hangs. */
  async capabilities(): Promise<EngineCapabilities> {
    const accelerator = await this.#chosen();
    const limits = accelerator === 'tcg' ? (['software-emulation'] as const) : [];
    return { kind: 'microvm', accelerator, ownKernel: true, kernelWireguard: true, limits };
  }

  /**
   * `pids` is not used: a server's processes live in its own kernel, and its memory is what bounds them. Throws `already_exists` for
   * a running machine of this id; what is left of a dead one makes room. `disk_full` if the run directory is. A copy of the template
   * that does not get going is made anew from the start, and the template is used no more.
   */
  async create(spec: MachineSpec, signal?: AbortSignal): Promise<void> {
    const template = spec.coldBoot ? null : await this.#templates.fitting(spec, signal);
    try {
      await this.#make(spec, template, signal);
    } catch (error) {
      if (!template || signal?.aborted || !(error instanceof LetheError) || KEPT_ERRORS.has(error.code)) throw error;
      this.#templates.drop(template);
      await this.#make(spec, null, signal);
    }
  }

  /** Under emulation: a template, from which machines begin instead of booting. With KVM a boot is short. */
  async prepare(size: TemplateSize, signal?: AbortSignal): Promise<void> {
    await this.#templates.make(size, signal, async (directory, calledOff) => {
      if ((await this.#chosen()) !== 'tcg') return null;
      const id = randomBytes(16).toString('hex');
      // No server's: the supervisor removes interfaces with the names of servers that it does not know. Goes with QEMU.
      const hostInterface = `lp${this.#options.instance}`;
      try {
        await this.#make({ ...size, id, hostInterface, pids: 0 }, null, calledOff, true);
        const machine = {
          connect: () => this.connect(id),
          freeze: () => this.freeze(id),
          saveState: (file: string) => saveState(this.#living(id).paths, file),
          copyMemory: () => this.#memory.saveTemplate(id, this.#tools, calledOff),
        };
        return await takeTemplate(machine, directory, size, calledOff);
      } catch (error) {
        this.#removeTemplate();
        throw error;
      } finally {
        await this.destroy(id);
      }
    });
  }

  async release(): Promise<void> {
    await this.#templates.end();
    for (const id of machineIds(this.#options.runDir)) {
      if (readRecord(machinePaths(this.#options.runDir, id))?.template) await this.destroy(id);
    }
    this.#removeTemplate();
  }

  #removeTemplate(): void {
    this.#templates.clear();
    this.#memory.removeTemplate();
  }

  async #make(spec: MachineSpec, template: Template | null, signal?: AbortSignal, forTemplate = false): Promise<void> {
    const paths = machinePaths(this.#options.runDir, spec.id);
    checkSpec(spec, paths);
    const accelerator = await this.#chosen();
    await this.#makeRoom(spec);
    const machine: MachineFile = {
      id: spec.id,
      hostInterface: spec.hostInterface,
      imageDigest: spec.image.digest,
      process: null,
      ...(forTemplate ? { template: true } : {}),
    };
    this.#makeDirectory(paths, machine);
    try {
      this.#memory.make(spec.id, spec.memoryMb * 1024 * 1024);
      if (template) await this.#memory.fillFromTemplate(spec.id, this.#tools, signal);
      await this.#start(spec, accelerator, paths, machine, template, signal);
      this.#watch(spec.id);
    } catch (cause) {
      await this.destroy(spec.id);
      throw cause instanceof LetheError ? cause : failure(cause);
    }
  }

  async destroy(id: string): Promise<void> {
    if (!isMachineId(id)) return;
    this.#exits.forget(id);
    this.#streams.close(id);
    const paths = machinePaths(this.#options.runDir, id);
    await this.#endAndWipe(id);
    removeMachineDirectory(paths);
  }

  async list(): Promise<MachineRecord[]> {
    const ids = new Set([...machineIds(this.#options.runDir), ...this.#memory.ids()]);
    return [...ids].toSorted().flatMap((id) => {
      const record = readRecord(machinePaths(this.#options.runDir, id));
      if (record?.template) return [];
      const state = record?.process && !isGone(record.process) ? 'running' : 'dead';
      return { id, hostInterface: record?.hostInterface ?? '', imageDigest: record?.imageDigest ?? '', state };
    });
  }

  /** Takes the place of an earlier stream to the same agent: QEMU serves one at a time. */
  async connect(id: string): Promise<Duplex> {
    return this.#streams.open(id, this.#living(id).paths.agent);
  }

  onExit(id: string, callback: () => void): () => void {
    return this.#exits.add(id, readRecord(machinePaths(this.#options.runDir, id))?.process ?? null, callback);
  }

  /** The guest's processor stops; clocks and memory stay as they are. */
  async freeze(id: string): Promise<void> {
    await ask(this.#living(id).paths.qmp, 'stop', QMP_LIMIT_MS);
  }

  async thaw(id: string): Promise<void> {
    await ask(this.#living(id).paths.qmp, 'cont', QMP_LIMIT_MS);
  }

  /** By the arguments of its process. What runs inside of a guest is its own watch's to see. */
  async runsOnly(id: string, image: ImageFiles): Promise<boolean> {
    const { paths, process } = this.#living(id);
    return readRecord(paths)?.imageDigest === image.digest && isImageMachine(argumentsOf(process.pid), image);
  }

  /** The guest's memory, and QEMU itself, which has the guest's memory among its own. */
  async memory(id: string): Promise<MemoryArea[]> {
    const { pid } = this.#living(id).process;
    const path = this.#memory.path(id);
    return [
      { kind: 'file', path, size: statSync(path).size, what: 'guest memory' },
      { kind: 'process', pid, what: 'qemu' },
    ];
  }

  #living(id: string): { paths: MachinePaths; process: ProcessIdentity } {
    if (!isMachineId(id)) throw unreachable();
    const paths = machinePaths(this.#options.runDir, id);
    const process = readRecord(paths)?.process;
    if (!process || isGone(process)) throw unreachable();
    return { paths, process };
  }

  #watch(id: string): void {
    const process = (): ProcessIdentity | null => readRecord(machinePaths(this.#options.runDir, id))?.process ?? null;
    const watched = process();
    this.onExit(id, () => {
      // Another machine of that id, made meanwhile, is not the one that ended.
      if (process()?.startTime !== watched?.startTime) return;
      // What cannot be overwritten now is tried again by `destroy`, which says so.
      void this.#endAndWipe(id).catch(() => {});
    });
  }

  /** What is left of QEMU may still write to the guest's memory: it ends first. */
  async #endAndWipe(id: string): Promise<void> {
    const recorded = readRecord(machinePaths(this.#options.runDir, id))?.process;
    if (recorded) await endProcess(recorded);
    await this.#wipeDead(id);
  }

  /** Overwrites a dead machine's memory, once a process is ended that an interrupted creation could not write down. */
  async #wipeDead(id: string): Promise<void> {
    for (const process of processesNamed(processName(this.#options.instance, id))) await endProcess(process);
    await this.#memory.wipe(id);
  }

  /**
   * Order: the directory stands, then the memory file; QEMU starts; its process is written down; it answers. `destroy` undoes it from
   * any point.
   */
  async #start(
    spec: MachineSpec,
    accelerator: Accelerator,
    paths: MachinePaths,
    machine: MachineFile,
    template: Template | null,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const name = processName(this.#options.instance, spec.id);
    const host = { version: this.#tools.version, swap: hostHasSwap() };
    const files = { agent: paths.agent, qmp: paths.qmp, memory: this.#memory.path(spec.id) };
    const args = machineArguments(spec, accelerator, name, files, host);
    await startQemu(args, {
      tools: this.#tools,
      qmp: paths.qmp,
      lockMemory: host.swap,
      signal,
      state: template?.state,
      onProcess: (process) => writeRecord(paths, { ...machine, process }),
    });
  }

  async #makeRoom(spec: MachineSpec): Promise<void> {
    const there = (await this.list()).find((machine) => machine.id === spec.id);
    if (there?.state === 'running') {
      throw new LetheError('already_exists', 'The machine runs already. It was left as it is.');
    }
    await this.destroy(spec.id);
    if (interfaceExists(spec.hostInterface)) {
      throw new LetheError(
        'engine_failed',
        'The host already has a network interface of that name. Nothing was changed.',
      );
    }
  }

  #makeDirectory(paths: MachinePaths, machine: MachineFile): void {
    try {
      mkdirSync(this.#options.runDir, { recursive: true, mode: 0o700 });
      makeMachineDirectory(paths, machine);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
        throw new LetheError('already_exists', 'The machine is being started already.');
      }
      removeMachineDirectory(paths);
      throw failure(error);
    }
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
    return chooseAccelerator(image, { tools: this.#tools, runDir, instance });
  }
}

function checkSpec(spec: MachineSpec, paths: MachinePaths): void {
  if (!isMachineId(spec.id)) throw new LetheError('bad_request', 'The server id is malformed.');
  if (!/^[A-Za-z0-9_-]{1,15}$/.test(spec.hostInterface)) {
    throw new LetheError('bad_request', 'The interface name is malformed.');
  }
  if (Buffer.byteLength(paths.agent) > SOCKET_PATH_BYTES) {
    throw new LetheError('engine_failed', 'The run directory has too long a path for a socket. Choose a shorter one.');
  }
  try {
    accessSync(TUN_DEVICE);
  } catch (cause) {
    const text = 'This host has no TUN device (/dev/net/tun). Load the kernel module tun and try again.';
    throw new LetheError('engine_failed', text, { cause });
  }
}

function failure(cause: unknown): LetheError {
  const full = (cause as NodeJS.ErrnoException).code === 'ENOSPC';
  const text = full ? 'The run directory is full: the' : 'The';
  return new LetheError(
    full ? 'disk_full' : 'engine_failed',
    `${text} virtual machine was not started, and nothing is left of it.`,
    { cause },
  );
}
