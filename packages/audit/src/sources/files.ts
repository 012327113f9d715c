/** Files of the host, and whole directories. */

import { closeSync, constants, lstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Hunter } from '../hunt/hunter.ts';
import { counted, merge, nothing, reason, type Searched } from './searched.ts';

/** A regular file from beginning to end, at most `limit` bytes; a longer one is reported as unread beyond it. */
export function searchFile(
  hunter: Hunter,
  path: string,
  source = `file ${path}`,
  holder = 'file',
  limit = Number.POSITIVE_INFINITY,
): Searched {
  let file: number | null = null;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const open = file;
    const { read, total } = counted((into, offset) =>
      offset >= limit ? 0 : readSync(open, into, 0, Math.min(into.length, limit - offset), offset),
    );
    const found = [{ source, holder, area: '', hits: hunter.search(read), bytes: total() }];
    return { found, unread: total() >= limit ? [`${source}: only the first ${limit} bytes`] : [] };
  } catch (error) {
    // Files come and go; one that is gone holds nothing any more.
    return reason(error) === 'ENOENT' ? nothing() : { found: [], unread: [`${source}: ${reason(error)}`] };
  } finally {
    if (file !== null) closeSync(file);
  }
}

/** Every regular file below a directory, without following links. A directory that does not exist holds nothing. */
export function searchDirectory(
  hunter: Hunter,
  directory: string,
  skip: (path: string) => boolean = () => false,
): Searched {
  const parts: Searched[] = [];
  const walk = (path: string): void => {
    try {
      const stat = lstatSync(path);
      if (skip(path)) return;
      if (stat.isDirectory()) for (const name of readdirSync(path).toSorted()) walk(join(path, name));
      else if (stat.isFile()) parts.push(searchFile(hunter, path));
    } catch (error) {
      if (reason(error) !== 'ENOENT') parts.push({ found: [], unread: [`file ${path}: ${reason(error)}`] });
    }
  };
  walk(directory);
  return merge(parts);
}
