/** A disk in memory that tells apart what is written and what outlives a power loss, as POSIX allows it. */

import type { Storage } from '../../src/storage.ts';

interface File {
  content: Uint8Array;
  /** What is on the platters; undefined if nothing was synced. */
  synced: Uint8Array | undefined;
}

/** What a power loss leaves of what was not synced: nothing, all, or names without their content. */
export const LOSSES = ['nothing', 'all', 'names'] as const;
export type Loss = (typeof LOSSES)[number];

export class VolatileDisk implements Storage {
  #files: Map<string, File>;
  #syncedNames: Map<string, File>;

  constructor(files: ReadonlyMap<string, Uint8Array> = new Map()) {
    this.#files = new Map([...files].map(([name, content]) => [name, { content, synced: content }]));
    this.#syncedNames = new Map(this.#files);
  }

  /** The disk after the process was killed: nothing is lost. */
  afterKill(): VolatileDisk {
    const disk = new VolatileDisk();
    disk.#files = new Map(this.#files);
    disk.#syncedNames = new Map(this.#syncedNames);
    return disk;
  }

  /** The disk after the power was gone. */
  afterPowerLoss(kept: Loss): VolatileDisk {
    const names = kept === 'nothing' ? this.#syncedNames : this.#files;
    return new VolatileDisk(
      new Map(
        [...names].map(([name, { content, synced }]) => [
          name,
          kept === 'all' ? content : (synced ?? content.subarray(0, content.length / 2)),
        ]),
      ),
    );
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    return this.#files.get(name)?.content;
  }

  async list(): Promise<string[]> {
    return [...this.#files.keys()];
  }

  async write(name: string, content: Uint8Array): Promise<void> {
    this.#files.set(name, { content, synced: undefined });
  }

  async sync(name: string): Promise<void> {
    const file = this.#files.get(name)!;
    file.synced = file.content;
  }

  async rename(from: string, to: string): Promise<void> {
    this.#files.set(to, this.#files.get(from)!);
    this.#files.delete(from);
  }

  async syncDirectory(): Promise<void> {
    this.#syncedNames = new Map(this.#files);
  }

  async remove(name: string): Promise<void> {
    this.#files.delete(name);
  }
}
