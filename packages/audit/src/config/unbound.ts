/**
 * `key: value` below `section:` (Unbound, NSD). A value may stand on the next line, and many pairs on one line. A known section
 * without a value opens itself; any other key without one is broken.
 */

import { Collector } from './collector.ts';
import type { ParsedConfig } from './entry.ts';
import { segment } from './key.ts';

const SECTIONS = new Set(
  'server remote-control stub-zone forward-zone auth-zone rpz view python dynlib dnscrypt cachedb ipset dnstap key pattern zone tls-auth verify'.split(
    ' ',
  ),
);

/** Never throws. */
export function parseUnbound(text: string, file: string): ParsedConfig {
  const found = new Collector(file);
  const source = text
    .replace(/^\uFEFF/, '')
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll('\0', ' ');
  let section = '';
  let key: { name: string; line: number } | undefined;
  let words: string[] = [];
  let wordLine = 0;
  let line = 1;

  const finish = (): void => {
    if (!key) return;
    const { name } = key;
    if (words.length === 0 && SECTIONS.has(name)) section = `${name}.`;
    else {
      if (words.length === 0) found.broken(key.line);
      found.add(section + name, words.join(' '), key.line);
    }
    key = undefined;
    words = [];
  };

  // A name with its colon, else a quoted string, else a word.
  const token =
    /(\n)|[ \t\f\v]+|(#[^\n]*)|([a-z][a-z0-9_-]*):(?=["'\s]|$)|([a-z][a-z0-9_-]*):|"([^"\n]*)"|'([^'\n]*)'|([^\s]+)/giy;
  for (let at = 0; at < source.length && !found.full; at = token.lastIndex) {
    token.lastIndex = at;
    const match = token.exec(source);
    if (!match) {
      token.lastIndex = at + 1;
      continue;
    }
    if (match[1]) line++;
    const glued = match[4];
    const isKey = glued !== undefined && (!key || (words.length > 0 && !/^[0-9a-f]+$/i.test(glued)));
    if (match[3] !== undefined || isKey) {
      finish();
      key = { name: segment(match[3] ?? glued!), line };
      continue;
    }
    let word = match[5] ?? match[6] ?? match[7];
    if (glued !== undefined) {
      // A value with a colon of its own, such as an address.
      const rest = /\S*/y;
      rest.lastIndex = token.lastIndex;
      word = match[0] + rest.exec(source)![0];
      token.lastIndex = rest.lastIndex;
    }
    if (word === undefined) continue;
    if (!key || (words.length > 0 && wordLine !== line)) {
      found.broken(line);
      continue;
    }
    words.push(word);
    wordLine = line;
  }
  finish();
  return found.result;
}
