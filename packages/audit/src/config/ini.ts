/** `key=value` below `[section]`. A backslash at the end of a line continues it, comments excepted. `!includedir DIR` (MariaDB) is a key without section. */

import { Collector } from './collector.ts';
import type { ParsedConfig } from './entry.ts';
import { segment } from './key.ts';
import { linesOf, unquote } from './text.ts';

/** Never throws. A line without `=` is a key with the value `yes` if it is one word, else broken. */
export function parseIni(text: string, file: string): ParsedConfig {
  const found = new Collector(file);
  let section = '';
  let pieces: string[] = [];
  let first = 0;
  const lines = linesOf(text);
  for (const [index, raw] of lines.entries()) {
    if (found.full) break;
    const piece = raw.trim();
    if (piece === '' && pieces.length === 0) continue;
    // As in systemd, a comment within a continued line is left out of it.
    if ((piece.startsWith('#') || piece.startsWith(';')) && index < lines.length - 1) continue;
    if (pieces.length === 0) first = index + 1;
    const more = piece.endsWith('\\') && index < lines.length - 1;
    if (!/^[#;]/.test(piece)) pieces.push(more ? piece.slice(0, -1).trim() : piece);
    if (more) continue;
    const line = pieces.join(' ').trim();
    pieces = [];
    if (line === '') continue;
    if (line.startsWith('[')) {
      const end = line.lastIndexOf(']');
      if (end === -1) found.broken(first);
      else section = `${segment(line.slice(1, end))}.`;
      continue;
    }
    const include = /^(!\w+)\s+(\S.*)$/.exec(line);
    if (include) {
      found.add(segment(include[1]!), include[2]!, first);
      continue;
    }
    const equals = line.indexOf('=');
    if (equals > 0) found.add(section + segment(line.slice(0, equals)), unquote(line.slice(equals + 1).trim()), first);
    else if (equals === 0 || /\s/.test(line)) found.broken(first);
    else found.add(section + segment(line), 'yes', first);
  }
  return found.result;
}
