/**
 * Puts a table where the host serves it from: `blocklist/table.bin` in the data directory.
 *
 * Order: the new file is written and on disk before it takes the old one's name in one step; killed anywhere, either the old table is
 * there or the new one, whole. A table is opened, which checks it, before it is installed.
 */

import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CATEGORIES, LetheError, openBlockTable } from '@lethe/core';
import { compileTable } from './compile.ts';

export const tablePath = (dataDir: string): string => join(dataDir, 'blocklist', 'table.bin');

/** Writes a table in place of the one before. Throws `bad_encoding` for what is no table, `disk_full` or `internal`; the old one stays then. */
export async function installTable(dataDir: string, table: Uint8Array): Promise<void> {
  await openBlockTable(table);
  await writeWhole(tablePath(dataDir), table);
}

/** Writes a file whole or not at all. */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const directory = join(path, '..');
  await mkdir(directory, { recursive: true });
  const next = `${path}.new`;
  try {
    const file = await open(next, 'w', 0o644);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(next, path);
    const folder = await open(directory);
    await folder.sync().finally(() => folder.close());
  } catch (cause) {
    await rm(next, { force: true });
    const full = (cause as NodeJS.ErrnoException).code === 'ENOSPC';
    throw new LetheError(full ? 'disk_full' : 'internal', 'The table could not be written. The old one stays.', {
      cause,
    });
  }
}

/** Installs the small table that ships with the project, unless there is one: the first start blocks something. */
export async function installStarterTable(dataDir: string): Promise<void> {
  if (await stat(tablePath(dataDir)).catch(() => null)) return;
  const lists = CATEGORIES.map((category) => ({
    category,
    path: fileURLToPath(new URL(`./starter/${category}.txt`, import.meta.url)),
  }));
  await installTable(dataDir, (await compileTable(lists, 'starter')).table);
}
