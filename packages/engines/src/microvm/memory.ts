/**
 * The memory of virtual machines, as files on tmpfs: a file has a name, so what is in it can be overwritten after QEMU has ended, also
 * by the program that comes after a crash.
 *
 * Order: a machine's directory stands before its memory file is made; QEMU has ended before the file is overwritten; it is overwritten
 * before it loses its name; the directory goes last. So whatever is interrupted, there is a directory or a file that says what is to do.
 *
 * Limits: pages that the host's kernel let go of are its own, and where the host has swap a page is locked only while QEMU lives.
 */

import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmdirSync,
  rmSync,
  statfsSync,
  unlinkSync,
} from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { LetheError } from '@lethe/core';
import { run } from '../process/command.ts';

/** On every Linux system a tmpfs, with room for half of the machine's memory; /run is on a disk in some places. */
const SHARED_MEMORY = '/dev/shm';
/** From linux/magic.h. */
const TMPFS_MAGIC = 0x01021994;
const ID = /^[0-9a-f]{32}$/;
const CHUNK_BYTES = 1 << 20;
const ZEROS = Buffer.alloc(CHUNK_BYTES);

/** Name of the file in a directory of ids that is no machine's. */
const TEMPLATE = 'template';

export interface CopyTools {
  cp: string;
  path: string;
}

export class GuestMemory {
  readonly directory: string;
  /** Overwriting under way: a file is never unlinked by one that began before another machine of that id was made. */
  readonly #wiping = new Map<string, Promise<void>>();

  /** `base` is a directory on tmpfs; tests name another. */
  constructor(instance: string, base = SHARED_MEMORY) {
    this.directory = join(base, `lethe-${instance}`);
  }

  path(id: string): string {
    return join(this.directory, id);
  }

  /** Ids of machines that have a memory file, running or not. */
  ids(): string[] {
    try {
      return readdirSync(this.directory).filter((name) => ID.test(name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }

  /**
   * Makes the file of a new machine, all holes: the host gives memory for what the guest touches. Throws `engine_failed` where it
   * would lie on a disk, `disk_full` where there is too little room for all of it, Node's EEXIST if there is one.
   */
  make(id: string, bytes: number): void {
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    const { type, bavail, bsize } = statfsSync(this.directory);
    if (type !== TMPFS_MAGIC) {
      const text = `${SHARED_MEMORY} is not a tmpfs on this host, so a server's memory would be written to a disk. No machine was started. Mount it: mount -t tmpfs tmpfs ${SHARED_MEMORY}`;
      throw new LetheError('engine_failed', text);
    }
    if (bavail * bsize < bytes) {
      const text = `There is too little room in ${SHARED_MEMORY} for the memory of another machine. None was started.`;
      throw new LetheError('disk_full', text);
    }
    const file = openSync(this.path(id), constants.O_CREAT | constants.O_EXCL | constants.O_RDWR, 0o600);
    try {
      fchownSync(file, 0, 0);
      fchmodSync(file, 0o600);
      ftruncateSync(file, bytes);
    } finally {
      closeSync(file);
    }
  }

  /** Makes a copy of a stopped machine's memory from which others begin. What is zero takes no room. Throws what `run` throws. */
  async saveTemplate(id: string, tools: CopyTools, signal: AbortSignal): Promise<void> {
    await copy(this.path(id), join(this.directory, TEMPLATE), tools, signal);
  }

  /** Fills the memory that was just made with the template's. Throws what `run` throws. */
  async fillFromTemplate(id: string, tools: CopyTools, signal?: AbortSignal): Promise<void> {
    await copy(join(this.directory, TEMPLATE), this.path(id), tools, signal);
  }

  /** It holds nothing that was anyone's, so it is not overwritten. */
  removeTemplate(): void {
    rmSync(join(this.directory, TEMPLATE), { force: true });
    this.#removeDirectory();
  }

  /** Overwrites the memory of a machine that has ended, and then removes it. Succeeds if there is none. Throws `engine_failed`. */
  wipe(id: string): Promise<void> {
    const underWay = this.#wiping.get(id);
    if (underWay) return underWay;
    const work = this.#wipe(this.path(id)).finally(() => this.#wiping.delete(id));
    this.#wiping.set(id, work);
    return work;
  }

  async #wipe(path: string): Promise<void> {
    let file: FileHandle;
    try {
      file = await open(path, constants.O_RDWR | constants.O_NOFOLLOW);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw failure(error);
      return this.#removeDirectory();
    }
    try {
      await overwrite(file);
    } catch (error) {
      throw failure(error);
    } finally {
      await file.close();
    }
    unlinkSync(path);
    this.#removeDirectory();
  }

  #removeDirectory(): void {
    try {
      rmdirSync(this.directory);
    } catch {
      // Another machine has its memory there, or it is gone already.
    }
  }
}

/** Into a file that is there already, whose owner and mode stay. */
const copy = (from: string, to: string, { cp, path }: CopyTools, signal?: AbortSignal): Promise<string> =>
  run(cp, ['--sparse=always', '--', from, to], { path, signal });

/** Writes zeros over everything in a file that is not zero. Holes stay holes: to fill them would take the memory they do not have. */
export async function overwrite(file: FileHandle): Promise<void> {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  try {
    for (let at = 0; ; ) {
      const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, at);
      if (bytesRead === 0) return;
      if (chunk.compare(ZEROS, 0, bytesRead, 0, bytesRead) !== 0) await writeZeros(file, bytesRead, at);
      at += bytesRead;
    }
  } finally {
    // It held what was to be forgotten.
    chunk.fill(0);
  }
}

async function writeZeros(file: FileHandle, bytes: number, at: number): Promise<void> {
  for (let done = 0; done < bytes; ) {
    const { bytesWritten } = await file.write(ZEROS, 0, bytes - done, at + done);
    done += bytesWritten;
  }
}

const failure = (cause: unknown): LetheError =>
  new LetheError(
    'engine_failed',
    'The memory of a machine that ended could not be overwritten. It was left as it is and will be tried again.',
    { cause },
  );
