/** Files that are on disk, whole or not at all, when the function returns. Readable by all unless a mode says otherwise: what is in the log is public. */

import { constants } from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LetheError } from '@lethe/core';

/** Turns what the file system says into an error with a code. */
export function diskError(cause: unknown): LetheError {
  if (cause instanceof LetheError) return cause;
  const code = (cause as NodeJS.ErrnoException).code;
  return code === 'ENOSPC' || code === 'EDQUOT'
    ? new LetheError('disk_full', 'The disk is full. Nothing was published.', { cause })
    : new LetheError('log_broken', 'A file of the log cannot be read or written. Nothing was published.', { cause });
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

/** Makes a directory and its parents, each durable in its parent. */
export async function makeDirectory(directory: string): Promise<void> {
  const first = await mkdir(directory, { recursive: true, mode: 0o755 });
  if (first === undefined) return;
  for (let made = directory; ; made = dirname(made)) {
    await syncDirectory(dirname(made));
    if (made === first) return;
  }
}

/** Writes a temporary file beside `file`, with its content on disk, and returns its name. */
export async function writeTemporary(file: string, bytes: Uint8Array, mode = 0o644): Promise<string> {
  const temporary = `${file}.new`;
  const handle = await open(temporary, 'w', mode);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return temporary;
}

/** Replaces files. All contents are on disk before the first takes its name; all names before this returns. */
export async function replaceFiles(files: readonly { file: string; bytes: Uint8Array }[]): Promise<void> {
  const directories = [...new Set(files.map(({ file }) => dirname(file)))];
  await Promise.all(directories.map(makeDirectory));
  const temporaries = await Promise.all(files.map(({ file, bytes }) => writeTemporary(file, bytes)));
  await Promise.all(files.map(({ file }, i) => rename(temporaries[i]!, file)));
  await Promise.all(directories.map(syncDirectory));
}
