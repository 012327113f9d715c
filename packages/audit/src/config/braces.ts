/**
 * `words { … }` with statements that end with `;` (nginx, BIND, syslog-ng) or with the line (strongSwan, Caddyfile); which of both is
 * decided per file. The words of a block are one segment. `file("/x")` has the key `file` and the value `("/x")`.
 */

import { Collector, DEEPEST } from './collector.ts';
import type { ParsedConfig } from './entry.ts';
import { segment } from './key.ts';
import { type Token, tokensOf } from './tokens.ts';

/** Never throws. Broken are braces without their partner, blocks below the 64th, and lines that look glued together. */
export function parseBraces(text: string, file: string): ParsedConfig {
  const found = new Collector(file);
  const tokens = tokensOf(text, found);
  const semicolons = usesSemicolons(tokens);
  /** Keys of the open blocks, each with a dot at its end. */
  const open: { prefix: string; line: number }[] = [];
  let words: Token[] = [];

  const finish = (): void => {
    if (words.length > 0) statement(words, open.at(-1)?.prefix ?? '', found);
    words = [];
  };
  for (const [index, token] of tokens.entries()) {
    if (found.full) break;
    if (token.kind === 'word') words.push(token);
    else if (token.kind === ';') finish();
    else if (token.kind === 'newline') {
      const directive = words[0]?.text.startsWith('@') && !words[0].quoted;
      if ((!semicolons || directive) && !opensNext(tokens, index)) finish();
    } else if (token.kind === '{') {
      const outer = open.at(-1)?.prefix ?? '';
      const name = segment(words.map((word) => word.text).join(' '));
      if (open.length >= DEEPEST) found.broken(token.line);
      open.push({ prefix: open.length < DEEPEST ? `${outer}${name}.` : outer, line: token.line });
      // A block without content counts too.
      if (name && nextKind(tokens, index) === '}') found.add(outer + name, 'yes', token.line);
      words = [];
    } else {
      finish();
      if (!open.pop()) found.broken(token.line);
    }
  }
  finish();
  const unclosed = open.at(-1);
  if (unclosed) found.broken(unclosed.line);
  return found.result;
}

function statement(words: Token[], prefix: string, found: Collector): void {
  const [first, ...rest] = words as [Token, ...Token[]];
  let name = first.text;
  let values = rest.map((word) => word.text);
  // In a file with semicolons, `key = value` on a line of its own was most likely a statement of its own.
  for (const [index, word] of rest.entries())
    if (word.text === '=' && !word.quoted && index > 0 && rest[index - 1]!.line > first.line) found.broken(first.line);
  const equals = first.quoted ? -1 : name.indexOf('=');
  const paren = first.quoted ? -1 : name.search(/\(/);
  if (paren > 0 && /^[a-z][\w-]*$/i.test(name.slice(0, paren))) {
    values.unshift(name.slice(paren));
    name = name.slice(0, paren);
  } else if (equals > 0) {
    if (equals < name.length - 1) values.unshift(name.slice(equals + 1));
    else if (values.length === 0) values = [''];
    name = name.slice(0, equals);
  } else if (values[0]?.startsWith('=') && !rest[0]!.quoted) {
    values[0] = values[0].slice(1);
    if (values[0] === '' && values.length > 1) values.shift();
  }
  found.add(prefix + segment(name), values.length === 0 ? 'yes' : unpair(values.join(' ')), first.line);
}

/** `="x"` is one word to the tokenizer, quotes included. */
const unpair = (value: string): string => (/^"[^"]*"$/.test(value) ? value.slice(1, -1) : value.trim());

/** True if more lines end with `;` than with a word that the next line does not go on with. */
function usesSemicolons(tokens: Token[]): boolean {
  let [ended, bare] = [0, 0];
  for (const [index, token] of tokens.entries()) {
    const after = tokens[index + 1];
    if (token.kind === ';' && after?.kind !== 'word') ended++;
    if (token.kind !== 'word' || token.text.startsWith('@') || after?.kind === 'word') continue;
    if (after?.kind === 'newline' && tokens[index + 2]?.kind === 'word' && !tokens[index + 2]!.quoted) bare++;
  }
  return ended > bare;
}

/** Kind of the next token that is no new line. */
function nextKind(tokens: Token[], from: number): Token['kind'] | undefined {
  let at = from + 1;
  while (tokens[at]?.kind === 'newline') at++;
  return tokens[at]?.kind;
}

/** True if the block of these words opens on the next line. */
const opensNext = (tokens: Token[], newline: number): boolean => tokens[newline + 1]?.kind === '{';
