/**
 * Code that a process may run and that is not its image's, seen from the host's kernel alone: nothing in the machine is asked.
 *
 * A page of a program's text that was changed, by a debugger or through /proc/PID/mem, is no page of its file any more: the kernel gave the
 * process a copy (Documentation/admin-guide/mm/pagemap.rst, bit 61). Memory to run code from that belongs to no file is for programs
 * that translate, such as Node; what they put there nobody can tell from outside.
 *
 * Where the image lies on an overlay file system, older kernels lead from a mapping to the file below it, whose identity is another one:
 * there only names are held against the image.
 */

import { closeSync, openSync, readFileSync, readlinkSync, readSync, statfsSync, statSync } from 'node:fs';
import { join, normalize } from 'node:path';

/** Every program and library of the machine lies below it. */
export interface ImageRoot {
  directory: string;
  /** Paths in the image of programs that make code of their own. */
  translators: readonly string[];
}

const PAGE_BYTES = 4096;
const ENTRY_BYTES = 8;
const ENTRIES_AT_ONCE = 8192;
/** Highest byte of an entry: bit 63 present, bit 62 in swap, bit 61 the page of a file. */
const PRESENT = 0x80;
const SWAPPED = 0x40;
const OF_FILE = 0x20;
/** What the kernel maps into every process to run. */
const KERNEL_CODE = ['[vdso]', '[vsyscall]'];

/** OVERLAYFS_SUPER_MAGIC (include/uapi/linux/magic.h). */
const OVERLAY = 0x79_4c_76_30;

/** True if the process can run something that is not its image's. False for one that has ended. Throws what reading throws otherwise. */
export function hasForeignCode(pid: number, root: ImageRoot): boolean {
  try {
    const maps = readFileSync(`/proc/${pid}/maps`, 'utf8').trim();
    // It has no memory: it has ended, or is the kernel's own.
    if (maps === '') return false;
    const program = ofImage(`/proc/${pid}/exe`, programOf(pid), root);
    if (program === null) return true;
    const mayTranslate = root.translators.includes(program);
    return executables(maps).some((mapping) => !isOfImage(pid, mapping, root, mayTranslate));
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

interface Mapping {
  range: string;
  from: number;
  to: number;
  isPrivate: boolean;
  /** Empty for memory of no file. */
  path: string;
}

/** Lines of /proc/PID/maps with the permission to execute. */
function executables(maps: string): Mapping[] {
  return maps.split('\n').flatMap((line) => {
    const [range = '', permissions = '', , , , ...words] = line.split(/ +/);
    if (permissions[2] !== 'x') return [];
    const [from, to] = range.split('-').map((address) => Number.parseInt(address, 16)) as [number, number];
    return [{ range, from, to, isPrivate: permissions[3] === 'p', path: words.join(' ') }];
  });
}

function isOfImage(pid: number, mapping: Mapping, root: ImageRoot, mayTranslate: boolean): boolean {
  const { path, range } = mapping;
  if (KERNEL_CODE.includes(path)) return true;
  if (!path.startsWith('/')) return mayTranslate;
  if (ofImage(`/proc/${pid}/map_files/${range}`, path, root) === null) return false;
  return !mapping.isPrivate || !hasChangedPages(pid, mapping);
}

/** The path in the image of what a link of /proc leads to; null if it is no file of the image, or not the one of that name. */
function ofImage(link: string, path: string, { directory }: ImageRoot): string | null {
  if (!path.startsWith('/') || normalize(path) !== path) return null;
  const file = join(directory, path);
  const [there, here] = [statSync(link), statSync(file, { throwIfNoEntry: false })];
  if (here === undefined) return null;
  const isSame = there.dev === here.dev && there.ino === here.ino;
  return isSame || statfsSync(file).type === OVERLAY ? path : null;
}

/** The path of a process's program in its own root. */
const programOf = (pid: number): string => readlinkSync(`/proc/${pid}/exe`);

function hasChangedPages(pid: number, { from, to }: Mapping): boolean {
  const pagemap = openSync(`/proc/${pid}/pagemap`, 'r');
  try {
    const entries = Buffer.alloc(ENTRIES_AT_ONCE * ENTRY_BYTES);
    for (let address = from; address < to; ) {
      const wanted = Math.min(ENTRIES_AT_ONCE, (to - address) / PAGE_BYTES) * ENTRY_BYTES;
      const got = readSync(pagemap, entries, 0, wanted, (address / PAGE_BYTES) * ENTRY_BYTES);
      if (got < ENTRY_BYTES) return false;
      for (let at = 0; at + ENTRY_BYTES <= got; at += ENTRY_BYTES, address += PAGE_BYTES) {
        const state = entries[at + ENTRY_BYTES - 1]!;
        if ((state & SWAPPED) !== 0 || ((state & PRESENT) !== 0 && (state & OF_FILE) === 0)) return true;
      }
    }
    return false;
  } finally {
    closeSync(pagemap);
  }
}
