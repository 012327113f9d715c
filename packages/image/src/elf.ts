/**
 * The little of ELF (64-bit, little-endian) that the builder needs: which libraries a file asks for, and the removal of everything
 * that is not loaded. Written here because the result must not depend on the version of a linker toolkit.
 */

const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const DT_NEEDED = 1;
const DT_STRTAB = 5;
const PROGRAM_HEADER_BYTES = 56;

interface Segment {
  type: number;
  offset: number;
  address: number;
  fileSize: number;
}

/** True for a 64-bit little-endian ELF file. */
export const isElf = (bytes: Buffer): boolean =>
  bytes.length > 64 && bytes.readUInt32BE(0) === 0x7f454c46 && bytes[4] === 2 && bytes[5] === 1;

/** Names of the shared libraries and the loader that a file asks for; empty for a static program. */
export function neededLibraries(bytes: Buffer): string[] {
  const all = segments(bytes);
  const dynamic = all.find((segment) => segment.type === PT_DYNAMIC);
  if (!dynamic) return [];
  const names: number[] = [];
  let strings = 0;
  for (let at = dynamic.offset; at < dynamic.offset + dynamic.fileSize; at += 16) {
    const tag = number(bytes, at);
    if (tag === DT_NEEDED) names.push(number(bytes, at + 8));
    if (tag === DT_STRTAB) strings = fileOffset(all, number(bytes, at + 8));
  }
  const interpreter = all.find((segment) => segment.type === PT_INTERP);
  const loader = interpreter ? [text(bytes, interpreter.offset).split('/').at(-1)!] : [];
  return [...new Set([...names.map((name) => text(bytes, strings + name)), ...loader])];
}

/** A copy without section headers, symbols and debug data: what no loader maps. */
export function trimElf(bytes: Buffer): Buffer {
  const end = Math.max(...segments(bytes).map((segment) => segment.offset + segment.fileSize));
  const trimmed = Buffer.from(bytes.subarray(0, end));
  trimmed.writeBigUInt64LE(0n, 40); // e_shoff
  trimmed.writeUInt16LE(0, 60); // e_shnum
  trimmed.writeUInt16LE(0, 62); // e_shstrndx
  return trimmed;
}

function segments(bytes: Buffer): Segment[] {
  const start = number(bytes, 32);
  return Array.from({ length: bytes.readUInt16LE(56) }, (_, index) => {
    const at = start + index * PROGRAM_HEADER_BYTES;
    return {
      type: bytes.readUInt32LE(at),
      offset: number(bytes, at + 8),
      address: number(bytes, at + 16),
      fileSize: number(bytes, at + 32),
    };
  });
}

function fileOffset(all: Segment[], address: number): number {
  const home = all.find((s) => s.type === PT_LOAD && address >= s.address && address < s.address + s.fileSize);
  return home ? home.offset + address - home.address : 0;
}

const number = (bytes: Buffer, at: number): number => Number(bytes.readBigUInt64LE(at));
const text = (bytes: Buffer, at: number): string => bytes.toString('latin1', at, bytes.indexOf(0, at));
