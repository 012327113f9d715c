/** The ring buffer of the server's own kernel, searched for addresses: a line stays long after the rule that wrote it is gone. */

import { closeSync, constants, openSync, readSync } from 'node:fs';

/** Longest record of /dev/kmsg (CONSOLE_EXT_LOG_MAX, kernel/printk). */
const RECORD_BYTES = 8192;

/** All records, joined by lines. Throws if the log cannot be read. */
export function readKernelLog(path = '/dev/kmsg'): string {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const records: string[] = [];
  const buffer = Buffer.alloc(RECORD_BYTES);
  try {
    for (;;) {
      const bytes = readSync(file, buffer);
      if (bytes === 0) break;
      records.push(buffer.toString('utf8', 0, bytes));
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // EAGAIN is the end. EPIPE: a record was overwritten before it was read, and the next read goes on; then it is not all of it.
    if (code !== 'EAGAIN') throw error;
  } finally {
    closeSync(file);
    buffer.fill(0);
  }
  return records.join('\n');
}

const OCTET = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)';
/** Four numbers that are not part of a version, and not the machine itself. */
const IPV4 = new RegExp(`(?<![\\w.-])(?!127\\.|0\\.0\\.0\\.0)(?:${OCTET}\\.){3}${OCTET}(?![\\w.-]*\\d)`);
/** Written out in full, as the packet filter does, or with one gap. An Ethernet address has neither. */
const IPV6_FULL = /\b(?:[0-9a-f]{4}:){7}[0-9a-f]{4}\b/i;
const IPV6_GAP = /\b(?:[0-9a-f]{1,4}:){1,6}(?::[0-9a-f]{1,4}){1,6}\b/i;

/** True if a text holds what looks like an address of the internet. */
export const holdsAddress = (text: string): boolean => IPV4.test(text) || IPV6_FULL.test(text) || IPV6_GAP.test(text);
