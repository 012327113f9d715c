/** Reads a configuration file of any syntax. Pure: text in, entries out. */

import type { Syntax } from '../knowledge/program.ts';
import { parseBraces } from './braces.ts';
import type { ParsedConfig } from './entry.ts';
import { parseEquals } from './equals.ts';
import { parseIni } from './ini.ts';
import { parseJson, parseToml, parseYaml } from './structured.ts';
import { parseUnbound } from './unbound.ts';
import { parseWords } from './words.ts';

const PARSERS: Record<Syntax, (text: string, file: string) => ParsedConfig> = {
  unbound: parseUnbound,
  ini: parseIni,
  equals: parseEquals,
  words: parseWords,
  braces: parseBraces,
  json: parseJson,
  yaml: parseYaml,
  toml: parseToml,
};

/** Never throws, whatever the text: what cannot be read is `broken`. */
export function parseConfig(syntax: Syntax, text: string, file: string): ParsedConfig {
  try {
    return PARSERS[syntax](text, file);
  } catch {
    return { entries: [], broken: [{ file, line: 0 }] };
  }
}
