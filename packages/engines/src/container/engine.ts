/**
 * The container engine: one runc container for each server, found again through its run directory by whoever opens the
 * engine next.
 */

import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
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
import type { CommandOptions } from '../process/command.ts';
import { ExitWatch } from '../process/exit-watch.ts';
import { hasForeignCode } from '../process/foreign-code.ts';
import { identify, isAlive } from '../process/process-identity.ts';
import { canLimitSwap, removeCgroup, requireLimits } from './cgroups.ts';
import { Channel } from './channel.ts';
import { containerConfig } from './config.ts';
import { processesOf, setFrozen, thawForEnd } from './freezer.ts';
import type { HostTools } from './host-tools.ts';
import {
  cgroupOf,
  isMachineId,
  type MachineFile,
  machineIds,
  machinePaths,
  makeMachineFiles,
  readRecord,
  removeMachineFiles,
  writeRecord,
} from './record.ts';
import { createContainer, endStrayCommands, type Runc, removeRuncState, startContainer } from './runc.ts';
import { Serial } from './serial.ts';
import { checkSpec } from './spec-check.ts';
import { openTun } from './tun.ts';
import { chooseUidRange } from './uid-range.ts';
import { makeLink, removeLink } from './veth.ts';

/**
 * How long connect() waits for an agent, in milliseconds: one that lives tries about once a second, also on a busy
 * host.
 */
const CONNECT_LIMIT_MS = 30_000;

/** Programs of an image that make code while they run. */
const TRANSLATORS = ['/usr/bin/node'];

export class ContainerEngine implements Engine {
  readonly kind = 'container';
  readonly #options: EngineOptions;
  readonly #tools: HostTools;
  readonly #runc: Runc;
  readonly #command: CommandOptions;
  readonly #serial = new Serial();
  readonly #exits = new ExitWatch();
  readonly #channels = new Map<string, Promise<Channel>>();
  /** First uids of ranges chosen for machines that have no record yet. */
  readonly #reserved = new Set<number>();

  constructor(options: EngineOptions, tools: HostTools) {
    this.#options = options;
    this.#tools = tools;
    this.#command = { path: tools.path, limitMs: options.toolLimitMs };
    this.#runc = { file: tools.runc, stateDir: join(options.runDir, 'runc') };
    mkdirSync(this.#runc.stateDir, { recursive: true, mode: 0o700 });
  }

  async capabilities(): Promise<EngineCapabilities> {
    const { kernelWireguard } = this.#tools;
    return {
      kind: 'container',
      accelerator: 'runc',
      ownKernel: false,
      kernelWireguard,
      limits: ['host-kernel-memory-shared', ...(kernelWireguard ? [] : (['userspace-wireguard-buffers'] as const))],
    };
  }

  /**
   * See `Engine.create`. Also throws `already_exists` (that machine is left as it is), `image_broken` and `disk_full`.
   */
  create(spec: MachineSpec, signal?: AbortSignal): Promise<void> {
    return this.#serial.run(spec.id, async () => {
      checkSpec(spec);
      if (this.#living(spec.id))
        throw new LetheError('already_exists', 'A machine of this server runs already. It was left as it is.');
      await this.#remove(spec.id);
      try {
        await this.#make(spec, signal);
      } catch (error) {
        throw await this.#undo(spec.id, error);
      }
    });
  }

  destroy(id: string): Promise<void> {
    return this.#serial.run(id, () => this.#remove(id));
  }

  async list(): Promise<MachineRecord[]> {
    return machineIds(this.#options.runDir).map((id) => {
      const machine = readRecord(this.#paths(id));
      return {
        id,
        hostInterface: machine?.hostInterface ?? '',
        imageDigest: machine?.imageDigest ?? '',
        state: machine?.process && isAlive(machine.process) ? 'running' : 'dead',
      };
    });
  }

  /**
   * See `Engine.connect`. Waits up to 30 s for the agent, which connects to us. A stream given out before is closed.
   */
  async connect(id: string): Promise<Duplex> {
    const machine = this.#running(id);
    const channel = await this.#channel(machine);
    return channel.connect(CONNECT_LIMIT_MS);
  }

  onExit(id: string, callback: () => void): () => void {
    return this.#exits.add(id, readRecord(this.#paths(id))?.process ?? null, callback);
  }

  async freeze(id: string): Promise<void> {
    await setFrozen(this.#running(id).cgroup, true);
  }

  async thaw(id: string): Promise<void> {
    await setFrozen(this.#running(id).cgroup, false);
  }

  /** Programs, libraries and their pages in memory, of every process of the container. */
  async runsOnly(id: string, image: ImageFiles): Promise<boolean> {
    const machine = this.#running(id);
    const root = { directory: image.rootDir, translators: TRANSLATORS };
    return (
      machine.imageDigest === image.digest && processesOf(machine.cgroup).every((pid) => !hasForeignCode(pid, root))
    );
  }

  /** Every process of the container, by the name of its program. What they have in the host's kernel is not among it. */
  async memory(id: string): Promise<MemoryArea[]> {
    return processesOf(this.#running(id).cgroup).flatMap((pid) => {
      const what = programOf(pid);
      return what === null ? [] : [{ kind: 'process' as const, pid, what }];
    });
  }

  /** Lets go of every machine without ending it, as the end of this program would. */
  async close(): Promise<void> {
    for (const id of this.#channels.keys()) await this.#closeChannel(id);
    this.#exits.clear();
  }

  /**
   * Each step can be undone by #remove alone, from the directory that the first step makes; the last one makes the
   * machine exist.
   */
  async #make(spec: MachineSpec, signal: AbortSignal | undefined): Promise<void> {
    const paths = this.#paths(spec.id);
    const options: CommandOptions = { ...this.#command, signal };
    const limits = { memoryMb: spec.memoryMb, pids: spec.pids, swapLimit: canLimitSwap() };
    const uidBase = this.#reserveUids();
    try {
      const machine: MachineFile = {
        id: spec.id,
        hostInterface: spec.hostInterface,
        imageDigest: spec.image.digest,
        uidBase,
        cgroup: `/lethe-${this.#options.instance}-${randomUUID().replaceAll('-', '')}`,
        process: null,
      };
      makeMachineFiles(paths, machine);
      await this.#channel(machine);
      const config = containerConfig({
        rootDir: spec.image.rootDir,
        channelDir: paths.channelDir,
        uidBase,
        cgroup: machine.cgroup,
        tun: await openTun(this.#tools, paths.tun, uidBase, options),
        ...limits,
      });
      writeFileSync(paths.config, JSON.stringify(config), { mode: 0o600 });
      const pid = await createContainer(this.#runc, spec.id, paths, options);
      requireLimits(pid, limits);
      await makeLink(this.#tools.ip, spec.id, spec.hostInterface, pid, options);
      await startContainer(this.#runc, spec.id, paths, options);
      const process = identify(pid);
      if (!process) throw new LetheError('engine_failed', 'A new server ended as soon as it had started.');
      writeRecord(paths, { ...machine, process });
    } finally {
      this.#reserved.delete(uidBase);
    }
  }

  /**
   * Removes everything of a machine in whatever state it is. The directory goes last: while it is there, the rest is
   * found.
   */
  async #remove(id: string): Promise<void> {
    this.#exits.forget(id);
    await this.#closeChannel(id);
    const paths = this.#paths(id);
    if (!existsSync(paths.directory)) return;
    const machine = readRecord(paths);
    if (!machine?.process) endStrayCommands(this.#runc, id);
    const cgroup = cgroupOf(paths);
    if (cgroup !== null) {
      await thawForEnd(cgroup);
      await removeCgroup(cgroup);
    }
    if (machine?.hostInterface) await removeLink(this.#tools.ip, id, machine.hostInterface, this.#command);
    removeRuncState(this.#runc, id);
    removeMachineFiles(paths);
  }

  /** Removes what a failed creation made and returns the error to throw. */
  async #undo(id: string, error: unknown): Promise<LetheError> {
    const reason = error instanceof LetheError ? error : fileError(error);
    try {
      await this.#remove(id);
      return reason;
    } catch (cause) {
      const message = `${reason.message} What was made of the machine could not be removed; ending it removes it.`;
      return new LetheError(reason.code, message, { cause: new AggregateError([reason, cause]) });
    }
  }

  #living(id: string): MachineFile | null {
    const machine = readRecord(this.#paths(id));
    return machine?.process && isAlive(machine.process) ? machine : null;
  }

  #running(id: string): MachineFile {
    const machine = this.#living(id);
    if (!machine) throw new LetheError('unreachable', 'No machine of this server runs on this host.');
    return machine;
  }

  #paths(id: string): ReturnType<typeof machinePaths> {
    if (!isMachineId(id)) throw new LetheError('bad_request', 'A server id has 32 hexadecimal digits.');
    return machinePaths(this.#options.runDir, id);
  }

  #reserveUids(): number {
    const recorded = machineIds(this.#options.runDir).map((id) => readRecord(this.#paths(id))?.uidBase ?? 0);
    const uidBase = chooseUidRange([...recorded, ...this.#reserved]);
    this.#reserved.add(uidBase);
    return uidBase;
  }

  #channel(machine: MachineFile): Promise<Channel> {
    const open = this.#channels.get(machine.id);
    if (open) return open;
    const opening = Channel.listen(this.#paths(machine.id).socket, machine.uidBase);
    this.#channels.set(machine.id, opening);
    opening.catch(() => this.#channels.delete(machine.id));
    return opening;
  }

  async #closeChannel(id: string): Promise<void> {
    const opening = this.#channels.get(id);
    this.#channels.delete(id);
    (await opening?.catch(() => null))?.close();
  }
}

/** Name of a process's program, null if it has ended. */
/** Name of a program, for people: of Lethe's own, which all are Node's to the kernel, the name of the script. Null if it has ended. */
function programOf(pid: number): string | null {
  try {
    const script = /\/opt\/lethe\/(\w+)\.js\0/.exec(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))?.[1];
    return script ?? readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return null;
  }
}

function fileError(cause: unknown): LetheError {
  const full = (cause as NodeJS.ErrnoException).code === 'ENOSPC';
  return full
    ? new LetheError('disk_full', 'There is no space left for a new machine. Nothing was started.', { cause })
    : new LetheError('engine_failed', 'The files of a new machine could not be made. Nothing was started.', { cause });
}
