/**
 * The files of a witness, one call for each step that a crash or a broken disk can fall between. Tests put another `Storage` in place:
 * one whose steps fail, that ends the process at a step, or that forgets what was never synced.
 */

import { constants } from 'node:fs';
import { open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** A directory of small files. Every call throws what the disk says. */
export interface Storage {
  /** A file's content, or undefined if there is none. */
  read(name: string): Promise<Uint8Array | undefined>;
  /** Names of all files. */
  list(): Promise<string[]>;
  /** Makes or replaces a file, readable by its owner alone. After a power loss it can hold anything. */
  write(name: string, content: Uint8Array): Promise<void>;
  /** The content of the file outlives a power loss when this returns. */
  sync(name: string): Promise<void>;
  /** Puts a file in the place of another at once. After a power loss it can be undone. */
  rename(from: string, to: string): Promise<void>;
  /** What files the directory has, and under which names, outlives a power loss when this returns. */
  syncDirectory(): Promise<void>;
  /** Removes a file; succeeds if there is none. */
  remove(name: string): Promise<void>;
}

/** The files of a directory that exists. */
export const diskStorage = (directory: string): Storage => ({
  read: async (name) => {
    try {
      return await readFile(join(directory, name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  },
  list: () => readdir(directory),
  write: async (name, content) => {
    await using file = await open(join(directory, name), 'w', 0o600);
    await file.writeFile(content);
  },
  // A file of its own to sync with is enough: Linux writes back all of the file, and reports an earlier error of doing so to whoever
  // syncs next.
  sync: (name) => syncPath(join(directory, name), constants.O_RDONLY),
  rename: (from, to) => rename(join(directory, from), join(directory, to)),
  syncDirectory: () => syncPath(directory, constants.O_RDONLY | constants.O_DIRECTORY),
  remove: (name) => rm(join(directory, name), { force: true }),
});

/** fsync(2) of a file or a directory. */
export async function syncPath(path: string, flags: number): Promise<void> {
  await using handle = await open(path, flags);
  await handle.sync();
}

/** What the name of a file that is not finished ends with. */
export const UNFINISHED = '.new';

/**
 * Puts a content in the place of a file, or leaves the file as it was. When this returns, it outlives a power loss. When it throws, the
 * file may hold either content, and what it holds may be lost again: read it anew and call `syncDirectory` before you rely on it.
 */
export async function replaceFile(storage: Storage, name: string, content: Uint8Array): Promise<void> {
  // If we crash here, the file has its old content.
  await storage.write(name + UNFINISHED, content);
  // If we crash here, as before; beside it lies an unfinished file that nobody reads and the next start removes.
  await storage.sync(name + UNFINISHED);
  // If we crash here, as before. Were the file not synced by now, a power loss behind the next step could leave it empty.
  await storage.rename(name + UNFINISHED, name);
  // If we crash here, the file has the new content; if the power goes, the old or the new one. Nobody was told of the new one yet.
  await storage.syncDirectory();
  // From here on it has the new content for ever.
}

/** Removes what a write that was cut off left behind. */
export async function removeUnfinished(storage: Storage): Promise<void> {
  for (const name of await storage.list()) if (name.endsWith(UNFINISHED)) await storage.remove(name);
}
