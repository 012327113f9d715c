/**
 * The byte strings that a target's own grep looks for. They travel as octal escapes, so that neither the shell there nor what carries it
 * holds a marker in a form that would be found.
 */

import { encodings } from '../markers/encodings.ts';
import { isLetter, type Marker, type Pattern } from '../markers/marker.ts';

/** Shorter ones are found by chance. */
const LEAST_BYTES = 5;
const NEWLINE = 10;

export interface TracePatterns {
  /** Words of `printf`, one pattern a line, as they lie in files. */
  files: string;
  /** The same for a stream from which zero bytes were taken out, as is done with memory: UTF-16 is plain text there. */
  memory: string;
  /** Which marker and encoding a found string is. */
  nameOf(found: Uint8Array): { marker: string; encoding: string } | null;
}

/** grep takes patterns by lines and in both cases: no newline can be in one, and those that differ by case alone are one. */
export function tracePatterns(markers: readonly Marker[]): TracePatterns {
  const all = markers.flatMap(encodings).filter(({ encoding }) => encoding !== 'dns-label');
  const names = new Map<string, { marker: string; encoding: string }>();
  const collect = (bytesOf: (pattern: Pattern) => Uint8Array): string => {
    const lines = new Map<string, Uint8Array>();
    for (const pattern of all) {
      const bytes = bytesOf(pattern);
      if (bytes.length < LEAST_BYTES || bytes.includes(NEWLINE)) continue;
      const key = folded(bytes);
      lines.set(key, bytes);
      if (!names.has(key)) names.set(key, { marker: pattern.marker, encoding: pattern.encoding });
    }
    return [...lines.values()].map((bytes) => `${octal(bytes)}\\n`).join('');
  };
  return {
    files: collect(({ bytes }) => bytes),
    memory: collect(({ bytes }) => bytes.filter((byte) => byte !== 0)),
    nameOf: (found) => names.get(folded(found)) ?? null,
  };
}

const folded = (bytes: Uint8Array): string =>
  Buffer.from(bytes.map((byte) => (isLetter(byte) ? byte | 0x20 : byte))).toString('latin1');

const octal = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
