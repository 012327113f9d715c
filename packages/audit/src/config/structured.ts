/** JSON, YAML and TOML: parsed whole, then flattened. They give no lines, so every line is 0. */

import { parse as parseTomlText } from 'smol-toml';
import { parse as parseYamlText } from 'yaml';
import { Collector, DEEPEST } from './collector.ts';
import type { Entry, ParsedConfig } from './entry.ts';
import { withoutJsonComments } from './json-comments.ts';
import { segment } from './key.ts';

/** Values looked at in one file, so that aliases cannot multiply. */
const MOST_VISITS = 200_000;
/** Characters of YAML or TOML that are parsed: their libraries take seconds for more, if it is hostile. */
const LONGEST = 200_000;
const MOST_ALIASES = 100;

/** Every leaf of the value. Empty lists and objects are leaves too: `[]`, `{}`. Keeps what the bounds allow. */
export const flatten = (value: unknown, file: string): Entry[] => collect(value, file).entries;

/** Comments and commas before a closing bracket are tolerated. Never throws; a file that is no JSON is broken. */
export const parseJson = (text: string, file: string): ParsedConfig =>
  attempt(file, () => JSON.parse(withoutJsonComments(text.replace(/^\uFEFF/, '').replaceAll('\0', ' '))));

/** Never throws; a file that is no YAML, has several documents, more than 100 aliases or 200,000 characters is broken. */
export const parseYaml = (text: string, file: string): ParsedConfig =>
  attempt(file, () => {
    if (text.length > LONGEST || (text.match(/(?:^|[\s,[{:])\*[\w-]/g)?.length ?? 0) > MOST_ALIASES)
      throw new RangeError();
    const options = { maxAliasCount: MOST_ALIASES, merge: true, uniqueKeys: false, prettyErrors: false } as const;
    return parseYamlText(text.replaceAll('\0', ' '), { ...options, logLevel: 'error' });
  });

/** Never throws; a file that is no TOML or has more than 200,000 characters is broken. */
export const parseToml = (text: string, file: string): ParsedConfig =>
  attempt(file, () => {
    if (text.length > LONGEST) throw new RangeError();
    return parseTomlText(text.replace(/^\uFEFF/, '').replaceAll('\0', ' '), { maxDepth: DEEPEST });
  });

function attempt(file: string, read: () => unknown): ParsedConfig {
  try {
    return collect(read(), file);
  } catch {
    return { entries: [], broken: [{ file, line: 0 }] };
  }
}

function collect(value: unknown, file: string): ParsedConfig {
  const found = new Collector(file);
  let visits = 0;
  const walk = (value: unknown, key: string, depth: number): void => {
    if (found.full) return;
    visits++;
    if (depth > DEEPEST || visits > MOST_VISITS) {
      found.stop(0);
      return;
    }
    if (typeof value !== 'object' || value === null || value instanceof Date) {
      found.add(key, leaf(value), 0);
      return;
    }
    const children = Object.entries(value);
    if (children.length === 0 && key !== '') found.add(key, Array.isArray(value) ? '[]' : '{}', 0);
    for (const [name, child] of children)
      walk(child, key === '' ? segment(name) : `${key}.${segment(name)}`, depth + 1);
  };
  walk(value, '', 0);
  return found.result;
}

const leaf = (value: unknown): string =>
  value instanceof Date ? (Number.isNaN(value.getTime()) ? '' : value.toISOString()) : String(value).trim();
