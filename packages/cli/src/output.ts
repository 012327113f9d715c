/** Calm, aligned text for people. Colours only where the terminal has them and NO_COLOR is not set. */

import { styleText } from 'node:util';
import { plain } from './run.ts';

type Cell = string | number | null;

/** Rows under a dim header, columns aligned; missing values are shown as a dash. */
export function table(header: string[], rows: Cell[][]): string {
  const cells = rows.map((row) => row.map((cell) => (cell === null || cell === '' ? '–' : plain(String(cell)))));
  const widths = header.map((title, column) => Math.max(title.length, ...cells.map((row) => width(row[column]!))));
  const line = (row: string[]) =>
    row
      .map((cell, column) => cell + ' '.repeat(widths[column]! - width(cell)))
      .join('  ')
      .trimEnd();
  return [styleText('dim', line(header)), ...cells.map(line)].join('\n');
}

const width = (text: string): number => [...text].length;

/** `label  value` lines, labels aligned. */
export function facts(pairs: [string, Cell][]): string {
  const longest = Math.max(...pairs.map(([label]) => label.length));
  return pairs
    .map(
      ([label, value]) =>
        `${styleText('dim', label.padEnd(longest))}  ${value === null || value === '' ? '–' : plain(String(value))}`,
    )
    .join('\n');
}

export const good = (text: string): string => `${styleText('green', '✓')} ${text}`;
export const note = (text: string): string => styleText('dim', text);

/** 1536 → `1.5 KiB`. */
export function bytes(count: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = count < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(count) / 10));
  return power === 0 ? `${count} B` : `${(count / 1024 ** power).toFixed(1)} ${units[power]}`;
}

/** 3700 → `1 h 1 min`. */
export function duration(seconds: number): string {
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [Math.floor(seconds) % 60, 's'],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first === -1) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}
