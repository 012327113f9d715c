/**
 * `key value…` per line (OpenVPN, squid, redis, sshd, rsyslog). Dots in the key become `_`: the rule `*.* @192.0.2.1` of rsyslog has the
 * key `*_*`. What OpenVPN has inline, `<key>…</key>`, is passed over: it is secret. `<connection>` holds settings and is read.
 */

import { Collector } from './collector.ts';
import type { ParsedConfig } from './entry.ts';
import { segment } from './key.ts';
import { linesOf, unquote, withoutComment } from './text.ts';

/**
 * Never throws. Broken are an inline block that never ends, and a line that ends in a backslash: some programs join it with the next
 * and some do not, so both are kept as they stand.
 */
export function parseWords(text: string, file: string): ParsedConfig {
  const found = new Collector(file);
  let inline: { end: string; line: number } | undefined;
  for (const [index, raw] of linesOf(text).entries()) {
    if (found.full) break;
    const trimmed = raw.trim();
    if (inline) {
      if (trimmed.startsWith(inline.end)) inline = undefined;
      continue;
    }
    const opens = /^<([\w-]+)>$/.exec(trimmed);
    if (opens || trimmed === '</connection>') {
      if (opens && opens[1] !== 'connection') inline = { end: `</${opens[1]}>`, line: index + 1 };
      continue;
    }
    const line = withoutComment(raw, '#;');
    if (line === '') continue;
    if (line.endsWith('\\')) found.broken(index + 1);
    const end = line.search(/\s/);
    const key = segment(end === -1 ? line : line.slice(0, end)).replace(/^--(?=.)/, '');
    found.add(key, end === -1 ? 'yes' : unquote(line.slice(end).trim()), index + 1);
  }
  if (inline) found.broken(inline.line);
  return found.result;
}
