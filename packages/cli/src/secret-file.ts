/** Files that only their owner may read. */

import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { LetheError } from '@lethe/core';

/**
 * Checks that a file can be written there before anything is changed elsewhere. Throws `already_exists` unless `force`,
 * `bad_request` if its directory is missing.
 */
export function checkWritable(path: string, force: boolean): void {
  const folder = statSync(dirname(path), { throwIfNoEntry: false });
  if (!folder?.isDirectory())
    throw new LetheError('bad_request', 'The directory of the output file does not exist. Nothing was changed.');
  if (existsSync(path) && !force) throw exists();
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory())
    throw new LetheError('bad_request', 'The output file is a directory. Nothing was changed.');
}

const exists = () =>
  new LetheError('already_exists', 'The output file exists. Nothing was written; choose another name or add --force.');

/**
 * Writes a file of mode 0600, whole or not at all: also a symlink or a file of another mode in its place is replaced, never
 * written through. Throws `already_exists` unless `force`, `disk_full`.
 */
export function writeSecretFile(path: string, content: string, force: boolean): void {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  try {
    const file = openSync(temporary, 'wx', 0o600);
    try {
      writeSync(file, content);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    if (force) renameSync(temporary, path);
    else linkSync(temporary, path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw exists();
    if (code === 'ENOSPC' || code === 'EDQUOT')
      throw new LetheError('disk_full', 'The disk is full. The file was not written.', { cause });
    throw new LetheError('bad_request', `The file cannot be written here (${code ?? 'unknown reason'}).`, { cause });
  } finally {
    if (existsSync(temporary)) unlinkSync(temporary);
  }
}
