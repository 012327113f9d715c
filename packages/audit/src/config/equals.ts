/** `key = value`, `key 'value'` or a bare `key` (PostgreSQL, dnsmasq). `#` at the start of a word begins a comment. */

import { Collector } from './collector.ts';
import type { ParsedConfig } from './entry.ts';
import { segment } from './key.ts';
import { linesOf, unquote, withoutComment } from './text.ts';

/** Never throws. A line that starts with `=` is broken. */
export function parseEquals(text: string, file: string): ParsedConfig {
  const found = new Collector(file);
  for (const [index, raw] of linesOf(text).entries()) {
    if (found.full) break;
    const line = withoutComment(raw, '#');
    if (line === '') continue;
    const end = line.search(/[\s=]/);
    if (end === 0) found.broken(index + 1);
    else if (end === -1) found.add(segment(line), 'yes', index + 1);
    else found.add(segment(line.slice(0, end)), unquote(line.slice(end).trim().replace(/^=\s*/, '')), index + 1);
  }
  return found.result;
}
