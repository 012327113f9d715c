/**
 * What a host needs from the place where servers run. Two implementations, from the same image: a QEMU virtual machine (`microvm`)
 * and a runc container (`container`). An engine knows machines, never customers: it is given a server id and nothing about devices.
 */

import type { Duplex } from 'node:stream';

export const ENGINE_KINDS = ['microvm', 'container'] as const;
export type EngineKind = (typeof ENGINE_KINDS)[number];

export interface EngineCapabilities {
  kind: EngineKind;
  /** 'kvm' or 'tcg' for microvm, 'runc' for container. */
  accelerator: 'kvm' | 'tcg' | 'runc';
  /** True if the server has a kernel of its own, so that ending it ends all memory of it inside that kernel. */
  ownKernel: boolean;
  /** True if the server's kernel has WireGuard; otherwise it runs wireguard-go. */
  kernelWireguard: boolean;
  /** Closed list of what this engine cannot guarantee; printed in every report. */
  limits: readonly EngineLimit[];
}

export type EngineLimit = 'host-kernel-memory-shared' | 'userspace-wireguard-buffers' | 'software-emulation';

/** Files of one built image; see packages/image. All paths absolute. */
export interface ImageFiles {
  /** sha256 of the image's manifest, hex: the image's name everywhere. */
  digest: string;
  /** Unpacked root tree, read-only by convention: what `container` runs. */
  rootDir: string;
  /** The same tree as one erofs image: what `microvm` boots. */
  rootImage: string;
  /** dm-verity hash tree of `rootImage`, with its root hash (hex) and salt (hex). */
  verityImage: string;
  verityRoot: string;
  veritySalt: string;
  /** 4096-byte data blocks in `rootImage`. */
  verityBlocks: number;
  kernel: string;
  initrd: string;
}

export interface MachineSpec {
  /** Server id, 32 hexadecimal digits. */
  id: string;
  image: ImageFiles;
  /** Name of the host-side network interface the engine must make (tap or veth), at most 15 characters. */
  hostInterface: string;
  /** Memory limit in MiB. */
  memoryMb: number;
  /** Process limit. */
  pids: number;
  /** Boots from the start, whatever was prepared: for a machine whose last one did not get along. */
  coldBoot?: boolean;
}

export interface MachineRecord {
  id: string;
  hostInterface: string;
  imageDigest: string;
  /** 'running', or 'dead' for what is left of a machine whose process ended. */
  state: 'running' | 'dead';
}

/**
 * Where a machine's memory can be read on the host: a file that is all of a guest's memory, or a process of the machine. `what` says
 * which one it is, for people.
 */
export type MemoryArea =
  | { kind: 'file'; path: string; size: number; what: 'guest memory' }
  | { kind: 'process'; pid: number; what: string };

export interface Engine {
  readonly kind: EngineKind;
  capabilities(): Promise<EngineCapabilities>;
  /**
   * Starts a machine and returns once its process runs and its host interface exists (down, without addresses; inside, the other
   * end is called eth0). Throws `engine_failed`, `timeout` or `missing_tool` and leaves nothing behind in that case.
   */
  create(spec: MachineSpec, signal?: AbortSignal): Promise<void>;
  /**
   * Makes what shortens `create` for machines of this image and size, where the engine has such a thing; `create` waits for it. Only for
   * the program that keeps the machines of a run directory. Throws what `create` throws; machines are made without it then.
   */
  prepare?(spec: Pick<MachineSpec, 'image' | 'memoryMb'>, signal?: AbortSignal): Promise<void>;
  /** Removes what `prepare` made, also in a program that ended before. */
  release?(): Promise<void>;
  /** Ends a machine, frozen or not, and removes everything that belongs to it; memory with a name is overwritten first. Succeeds if there is none. */
  destroy(id: string): Promise<void>;
  /** Every machine of this engine instance, also after a restart of the caller. */
  list(): Promise<MachineRecord[]>;
  /** A byte stream to the machine's agent. Reopened at will; the machine survives its end. Throws `unreachable`. */
  connect(id: string): Promise<Duplex>;
  /** Calls back once when a machine ends by itself. Returns a function that stops watching. */
  onExit(id: string, callback: () => void): () => void;
  /** Stops everything in a machine, as it is, until `thaw`. Both succeed if it is so already; `unreachable` if it does not run. */
  freeze(id: string): Promise<void>;
  thaw(id: string): Promise<void>;
  /**
   * True if a running machine runs nothing but this image, as far as the host can see it by itself: nobody in the machine is asked. Throws
   * `unreachable`, and what reading throws.
   */
  runsOnly(id: string, image: ImageFiles): Promise<boolean>;
  /** Every place on the host where a running machine's memory is. Throws `unreachable`. */
  memory(id: string): Promise<MemoryArea[]>;
}
