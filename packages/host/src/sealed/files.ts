/** Files that are on disk when the function returns, whole or not at all. */

import { constants } from 'node:fs';
import { type FileHandle, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { dayOf, LetheError } from '@lethe/core';

const TEMPORARY = '.new';

/** Turns what the file system says into an error with a code. */
export function diskError(cause: unknown): LetheError {
  const code = (cause as NodeJS.ErrnoException).code;
  if (cause instanceof LetheError) return cause;
  return code === 'ENOSPC' || code === 'EDQUOT'
    ? new LetheError('disk_full', 'The disk is full. Nothing was changed.', { cause })
    : new LetheError('internal', 'A file of the host cannot be written. Nothing was changed.', { cause });
}

/** Makes the entries of a directory durable. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The start of the day, in seconds: the finest time that a file may tell. Its change time is the file system's own. */
const today = (): number => Date.parse(dayOf(Date.now())) / 1000;

/** Replaces a file, mode 0600, dated to the day. After a crash it has the old or the new content. Throws `disk_full` or `internal`; the old content stays then. */
export async function writeDurably(file: string, content: Uint8Array): Promise<void> {
  const temporary = `${file}${TEMPORARY}`;
  let handle: FileHandle | undefined;
  try {
    handle = await open(temporary, 'w', 0o600);
    await handle.writeFile(content);
    await handle.utimes(today(), today());
    await handle.sync();
    await handle.close();
    handle = undefined;
    await rename(temporary, file);
    await syncDirectory(dirname(file));
  } catch (cause) {
    await handle?.close().catch(() => {});
    await rm(temporary, { force: true }).catch(() => {});
    throw diskError(cause);
  }
}

/** Overwrites a file's content, then removes it. Succeeds if there is none. */
export async function shred(file: string): Promise<void> {
  try {
    const handle = await open(file, constants.O_WRONLY);
    try {
      const { size } = await handle.stat();
      await handle.write(new Uint8Array(size), 0, size, 0);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw diskError(error);
  }
  await rm(file, { force: true });
  await syncDirectory(dirname(file));
}

/** Removes what a write that was cut off left behind. */
export async function removeTemporaries(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (name.endsWith(TEMPORARY)) await shred(join(directory, name));
  }
}
