/**
 * Unmaps what of Node's own program is not in use. A start and the compiling of our code touch most of it, and the filter's work little.
 * The pages stay in the kernel's cache of the file, where all processes share them and the kernel can give them up; what is needed
 * again is mapped again when it is.
 */

import { readFileSync } from 'node:fs';
import { madvise } from './system-calls.ts';

/** Of sys/mman.h on Linux. */
const MADV_DONTNEED = 4;

interface Range {
  start: bigint;
  length: bigint;
}

/**
 * Parts of files (of this size at least) that are mapped, cannot be written and hold no page of this process's own, from the text of
 * /proc/PID/smaps: only of those can nothing be lost.
 */
export function filePages(smaps: string, leastBytes: number): Range[] {
  const ranges: Range[] = [];
  for (const entry of smaps.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m)) {
    const match = /^([0-9a-f]+)-([0-9a-f]+) r-[x-]p [0-9a-f]+ \S+ [1-9][0-9]* +\//.exec(entry);
    if (!match || !/^Anonymous: +0 kB$/m.test(entry)) continue;
    const start = BigInt(`0x${match[1]}`);
    const length = BigInt(`0x${match[2]}`) - start;
    if (length >= BigInt(leastBytes)) ranges.push({ start, length });
  }
  return ranges;
}

/** Unmaps them once. A kernel that refuses leaves everything as it was. */
export function unmapFilePages(): void {
  for (const { start, length } of filePages(readFileSync('/proc/self/smaps', 'latin1'), 1 << 20))
    madvise(start, length, MADV_DONTNEED);
}
