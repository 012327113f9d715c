/** Splits text with braces into tokens. Linear: no character is looked for twice. */

import type { Collector } from './collector.ts';
import { clean } from './text.ts';

export interface Token {
  kind: 'word' | '{' | '}' | ';' | 'newline';
  /** Without its quotes if it is quoted. */
  text: string;
  quoted: boolean;
  line: number;
}

/** `{$NAME}` and `{host}` of Caddy. */
const PLACEHOLDER = /\{[$A-Za-z_][\w.$:/-]*\}/y;
const VARIABLE = /\$\{\w*\}/y;
const COUNTED = /[{}]/g;

/**
 * Never throws. `//` and `/*` begin a comment only where a word may begin: after a word, `//` must be followed by a space and `/*` be
 * closed on its line, else they are a path. The content of a Lua block is left out. Broken are quotes and comments that never end.
 */
export function tokensOf(text: string, found: Collector): Token[] {
  const source = clean(text);
  const tokens: Token[] = [];
  let line = 1;
  let at = 0;
  const next = new Map<string, number>();
  /** Where the mark comes next; looked for once. */
  const find = (mark: string, from: number): number => {
    let known = next.get(mark) ?? -1;
    if (known < from) {
      const index = source.indexOf(mark, from);
      known = index === -1 ? Infinity : index;
      next.set(mark, known);
    }
    return known;
  };
  const push = (kind: Token['kind'], text: string, quoted = false): void => {
    tokens.push({ kind, text, quoted, line });
  };
  const skipTo = (end: number): void => {
    for (let i = at; i < end; i++) if (source[i] === '\n') line++;
    at = end;
  };
  const matches = (pattern: RegExp): number => {
    pattern.lastIndex = at;
    return pattern.test(source) ? pattern.lastIndex : -1;
  };
  /** Quotes, and `{` for Lua, known to have no end: they are not looked for again. */
  const unclosed = new Set<string>();
  /** The end of the quotes that begin here, or -1. */
  const closing = (quote: string, multiline: boolean): number => {
    if (unclosed.has(quote)) return -1;
    for (let i = at + 1; i < source.length; i++) {
      if (source[i] === '\\') i++;
      else if (source[i] === quote) return i;
      else if (source[i] === '\n' && !multiline) return -1;
    }
    unclosed.add(quote);
    return -1;
  };

  while (at < source.length) {
    const char = source[at]!;
    const afterWord = tokens.at(-1)?.kind === 'word';
    if (char === '\n') {
      push('newline', '');
      skipTo(at + 1);
    } else if (/\s/.test(char)) at++;
    else if (char === '\\' && source[at + 1] === '\n') skipTo(at + 2);
    else if (char === '#' || (source.startsWith('//', at) && (!afterWord || /\s/.test(source[at + 2] ?? ' '))))
      skipTo(Math.min(find('\n', at), source.length));
    else if (source.startsWith('/*', at) && (!afterWord || find('*/', at + 2) < find('\n', at))) {
      const end = find('*/', at + 2);
      if (end === Infinity) {
        found.broken(line);
        at += 2;
      } else skipTo(end + 2);
    } else if (char === '{' && matches(PLACEHOLDER) === -1) {
      const lua = afterWord && tokens.at(-1)!.text.endsWith('_by_lua_block');
      push('{', char);
      at++;
      if (!lua || unclosed.has('{')) continue;
      let depth = 1;
      COUNTED.lastIndex = at;
      for (let brace = COUNTED.exec(source); brace; brace = COUNTED.exec(source)) {
        depth += brace[0] === '{' ? 1 : -1;
        if (depth === 0) break;
      }
      if (depth === 0) skipTo(COUNTED.lastIndex - 1);
      else {
        found.broken(line);
        unclosed.add('{');
      }
    } else if (char === '}' || char === ';') {
      push(char, char);
      at++;
    } else {
      if (char === '"' || char === "'" || char === '`') {
        const end = closing(char, true);
        if (end !== -1) {
          const inside = source.slice(at + 1, end);
          push('word', inside.replaceAll(`\\${char}`, char), true);
          skipTo(end + 1);
          continue;
        }
        found.broken(line);
      }
      const start = at;
      if (char !== '{') at++;
      while (at < source.length) {
        const inner = source[at]!;
        const variable = inner === '$' ? matches(VARIABLE) : inner === '{' ? matches(PLACEHOLDER) : -1;
        if (variable !== -1) at = variable;
        else if (/[\s;{}]/.test(inner)) break;
        else if (inner === '"' && /[(=,]/.test(source[at - 1]!)) {
          const end = closing(inner, false);
          at = end === -1 ? at + 1 : end + 1;
        } else at++;
      }
      push('word', source.slice(start, at));
    }
  }
  return tokens;
}
