/** From published lists to one block table. Streams: a list of a million names is never whole in memory as text. */

import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { type Category, type CategoryHashes, encodeBlockTable, hashName, LetheError } from '@lethe/core';
import { parseLine } from './parse.ts';

/** Lists with more broken lines than this share are refused: they are not what they were taken for. */
export const MOST_BROKEN = 0.05;

export interface ListFile {
  category: Category;
  path: string;
}

export interface ListCounts {
  category: Category;
  path: string;
  lines: number;
  /** Names taken. */
  names: number;
  /** Exceptions of the list. */
  allowed: number;
  skipped: number;
  broken: number;
}

export interface Compiled {
  table: Uint8Array<ArrayBuffer>;
  lists: ListCounts[];
  /** Names in the table by category, after duplicates and names below others are gone. */
  names: Partial<Record<Category, number>>;
}

/**
 * Compiles lists to a table. `version` is 1 to 8 characters. Throws `bad_request` for a list that cannot be read, has nothing in it, or
 * has too many broken lines; nothing is written anywhere.
 */
export async function compileTable(
  files: readonly ListFile[],
  version: string,
  onProgress: (counts: ListCounts) => void = () => {},
): Promise<Compiled> {
  const blocked = new Map<Category, Set<string>>();
  const allowed = new Map<Category, Set<string>>();
  const lists: ListCounts[] = [];
  for (const { category, path } of files) {
    const names = setOf(blocked, category);
    const counts = await readList(category, path, names, setOf(allowed, category));
    lists.push(counts);
    onProgress(counts);
  }
  const hashes: Partial<Record<Category, CategoryHashes>> = {};
  const names: Partial<Record<Category, number>> = {};
  for (const [category, all] of blocked) {
    for (const name of setOf(allowed, category)) all.delete(name);
    const kept = [...all].filter((name) => !hasParent(name, all));
    hashes[category] = kept.map(hashName);
    names[category] = kept.length;
  }
  return { table: await encodeBlockTable(version, hashes), lists, names };
}

const setOf = (map: Map<Category, Set<string>>, category: Category): Set<string> => {
  const set = map.get(category) ?? new Set();
  map.set(category, set);
  return set;
};

/** True if a name above this one is in the list: that one covers it. */
function hasParent(name: string, all: ReadonlySet<string>): boolean {
  for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) {
    if (all.has(name.slice(dot + 1))) return true;
  }
  return false;
}

async function readList(
  category: Category,
  path: string,
  blocked: Set<string>,
  allowed: Set<string>,
): Promise<ListCounts> {
  const counts: ListCounts = { category, path, lines: 0, names: 0, allowed: 0, skipped: 0, broken: 0 };
  try {
    const input = createReadStream(path, { encoding: 'utf8' });
    for await (const raw of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      counts.lines += 1;
      const line = parseLine(raw);
      if (line.kind === 'block') {
        for (const name of line.names) blocked.add(name);
        counts.names += line.names.length;
      } else if (line.kind === 'allow') {
        allowed.add(line.name);
        counts.allowed += 1;
      } else counts[line.kind] += 1;
    }
  } catch (cause) {
    throw new LetheError('bad_request', `The list ${path} cannot be read. Nothing was changed.`, { cause });
  }
  if (counts.names === 0)
    throw new LetheError('bad_request', `The list ${path} has no name to block in it. Nothing was changed.`);
  if (counts.broken > MOST_BROKEN * (counts.lines - counts.skipped))
    throw new LetheError(
      'bad_request',
      `The list ${path} has ${counts.broken} broken lines of ${counts.lines}: more than 5 in 100, so it is probably not a list of names. Nothing was changed.`,
    );
  return counts;
}
