/** Reads what the agent laid down for the filter: the owner's choices and the block table. */

import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openBlockTable } from '@lethe/core/block-table';
import type { Json } from '@lethe/core/canonical';
import { checkFilterChoices, DEFAULT_CHOICES } from '@lethe/core/filter';
import { Judge } from './judge.ts';

export const CHOICES_FILE = 'choices.json';
export const TABLE_FILE = 'table.bin';
/** Four million names. */
const MAX_TABLE_BYTES = 33_554_432;
const MAX_CHOICES_BYTES = 131_072;

/**
 * The judge that follows the files in a directory. A file that is missing stands for the default choices or an empty table; one that is
 * there and broken throws.
 */
export async function readJudge(directory: string): Promise<Judge> {
  const choices = await readIfThere(join(directory, CHOICES_FILE), MAX_CHOICES_BYTES);
  const table = await readIfThere(join(directory, TABLE_FILE), MAX_TABLE_BYTES);
  return new Judge(
    choices === null ? DEFAULT_CHOICES : checkFilterChoices(JSON.parse(choices.toString('utf8')) as Json),
    table === null ? null : await openBlockTable(table),
  );
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
