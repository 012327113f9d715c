/**
 * What a search of one place says: either what was found or why the place could not be read. Not read is never the same as nothing
 * found.
 */

import type { Hit, Read } from '../hunt/hunter.ts';

export interface Found {
  /** Which source, for people: `process 12 (unbound)`, `file /var/log/x`, `table conntrack`. */
  source: string;
  /** What holds it, in words of a closed list: the name of a program, `guest memory`, `file`, or `table` with its name. */
  holder: string;
  /** The part of it: name of a mapping; empty for files and tables. */
  area: string;
  hits: Hit[];
  bytes: number;
}

export interface Searched {
  found: Found[];
  /** What could not be read, with the reason. Nothing in it may be taken for zero hits. */
  unread: string[];
}

export const nothing = (): Searched => ({ found: [], unread: [] });

export const merge = (parts: readonly Searched[]): Searched => ({
  found: parts.flatMap(({ found }) => found),
  unread: parts.flatMap(({ unread }) => unread),
});

/** Why something could not be read, as the system's own short name for it. */
export const reason = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? 'not readable';

/** A read that counts what it gave. */
export const counted = (read: Read): { read: Read; total: () => number } => {
  let bytes = 0;
  return {
    read: (into, offset) => {
      const count = read(into, offset);
      bytes += count;
      return count;
    },
    total: () => bytes,
  };
};
