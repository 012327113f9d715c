/**
 * Which pages of a process are there (Linux, Documentation/admin-guide/mm/pagemap.rst). A page that is not there has never been written
 * to or is what its file says. Reading it would make the kernel put one there, at the cost of the machine that is looked at: one near
 * the limit of its memory would be killed by being searched, and the traces with it.
 */

import { readSync } from 'node:fs';

/** Of every machine that Lethe runs on (x86-64, and arm64 as Debian builds it). */
const PAGE_BYTES = 4096;
const ENTRY_BYTES = 8;
const ENTRIES_AT_ONCE = 8192;
/** Highest byte of an entry: bit 63 present, bit 62 in swap. */
const THERE = 0xc0;

export interface Run {
  from: number;
  to: number;
}

/** Stretches of pages that are there, between two page borders, in order. Reads `pagemap` through an open file; throws as `read` does. */
export function* presentRuns(pagemap: number, from: number, to: number): Generator<Run> {
  const entries = Buffer.alloc(ENTRIES_AT_ONCE * ENTRY_BYTES);
  let start: number | null = null;
  for (let address = from; address < to; ) {
    const wanted = Math.min(ENTRIES_AT_ONCE, (to - address) / PAGE_BYTES) * ENTRY_BYTES;
    const got = readSync(pagemap, entries, 0, wanted, (address / PAGE_BYTES) * ENTRY_BYTES);
    if (got < ENTRY_BYTES) break;
    for (let at = 0; at + ENTRY_BYTES <= got; at += ENTRY_BYTES, address += PAGE_BYTES) {
      const there = (entries[at + ENTRY_BYTES - 1]! & THERE) !== 0;
      if (there) start ??= address;
      else if (start !== null) {
        yield { from: start, to: address };
        start = null;
      }
    }
  }
  if (start !== null) yield { from: start, to };
}
