/** Writes a cpio archive in the "newc" format that the Linux kernel unpacks, with nothing in it that varies between builds. */

export interface CpioEntry {
  /** Path without a leading slash. */
  path: string;
  /** Type and permission bits, for example 0o100755. */
  mode: number;
  /** Content of a file, or the target of a symbolic link; empty for a directory. */
  data: Uint8Array;
}

const TRAILER: CpioEntry = { path: 'TRAILER!!!', mode: 0, data: new Uint8Array(0) };

/** The archive, entries in the order given: a directory must come before what is in it. */
export function cpio(entries: readonly CpioEntry[]): Buffer {
  const parts: Uint8Array[] = [];
  for (const [index, entry] of [...entries, TRAILER].entries()) {
    const name = Buffer.from(`${entry.path}\0`);
    const fields = [index + 1, entry.mode, 0, 0, 1, 0, entry.data.length, 0, 0, 0, 0, name.length, 0];
    const header = Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`);
    parts.push(header, name, padding(header.length + name.length), entry.data, padding(entry.data.length));
  }
  return Buffer.concat(parts);
}

const padding = (length: number): Uint8Array => new Uint8Array((4 - (length % 4)) % 4);
