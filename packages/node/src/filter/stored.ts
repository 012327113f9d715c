/** Reads what the agent laid down for the filter: the owner's choices and the block table. */

import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MAX_TABLE_BYTES } from '@lethe/core/agent-protocol';
import { openBlockTable } from '@lethe/core/block-table';
import type { Json } from '@lethe/core/canonical';
import { checkFilterChoices, DEFAULT_CHOICES } from '@lethe/core/filter';
import { Judge } from './judge.ts';

export const CHOICES_FILE = 'choices.json';
export const TABLE_FILE = 'table.bin';
const MAX_CHOICES_BYTES = 131_072;

/** A judge and the memory that its table lies in. */
export interface Stored {
  judge: Judge;
  table: Buffer | null;
}

/**
 * The judge that follows the files in a directory. A file that is missing stands for the default choices or an empty table; one that is
 * there and broken throws.
 */
export async function readStored(directory: string): Promise<Stored> {
  const choices = await readIfThere(join(directory, CHOICES_FILE), MAX_CHOICES_BYTES);
  const table = await readIfThere(join(directory, TABLE_FILE), MAX_TABLE_BYTES);
  try {
    const judge = new Judge(
      choices === null ? DEFAULT_CHOICES : checkFilterChoices(JSON.parse(choices.toString('utf8')) as Json),
      table === null ? null : await openBlockTable(table),
    );
    return { judge, table };
  } catch (error) {
    release(table);
    throw error;
  }
}

/** Gives the memory of a table back at once instead of when it suits the engine: the judge over it can judge no more. */
export function release(table: Buffer | null): void {
  // The file was read into memory of its own, so nobody else's goes with it.
  if (table !== null && table.byteLength === table.buffer.byteLength) (table.buffer as ArrayBuffer).transfer(0);
}

async function readIfThere(path: string, limit: number): Promise<Buffer | null> {
  try {
    if ((await stat(path)).size > limit) throw new RangeError('A file of the filter is too large.');
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
