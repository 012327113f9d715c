/** Speed of the seizure drill's search against `grep -F` with the same patterns on the same memory image, alternating in one run. */

import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { encodings, Hunter, type Marker } from '@lethe/audit';
import { LetheError } from '@lethe/core';
import type { Bench } from '../bench.ts';
import { median } from '../statistics.ts';

const ROUNDS = 3;
const IMAGE_BYTES = 256 << 20;

const word = (): string => `x${randomBytes(9).toString('hex')}`;

const MARKERS: Marker[] = [
  ...(['dns', 'host', 'sni', 'udp'] as const).map((kind) => ({ id: kind, kind, text: word() })),
  { id: 'destination', kind: 'destination', address: '192.0.2.80', port: 443 },
  { id: 'client', kind: 'identity', address: '198.51.100.77', port: 40_001 },
  { id: 'client6', kind: 'identity', address: '2001:db8:5::77', port: 40_001 },
  { id: 'key', kind: 'identity', key: randomBytes(32) },
];

export const bench: Bench = {
  description: 'the search for all forms of eight markers, one core, against grep -F with the same patterns',
  async run({ rounds, progress }) {
    // grep reads one pattern a line
    const patterns = MARKERS.flatMap(encodings).filter(({ bytes }) => !bytes.includes(0x0a));
    const directory = mkdtempSync('/dev/shm/lethe-bench-');
    try {
      const image = join(directory, 'image');
      const list = join(directory, 'patterns');
      makeImage(image);
      writeFileSync(list, Buffer.concat(patterns.flatMap(({ bytes }) => [bytes, Buffer.from('\n')])));
      const hunter = new Hunter(patterns);
      const ours: number[] = [];
      const greps: number[] = [];
      for (let round = 0; round < (rounds ?? ROUNDS); round += 1) {
        progress(`round ${round + 1}`);
        ours.push(timed(() => search(hunter, image)));
        greps.push(timed(() => grep(list, image)));
      }
      return [
        { metric: 'scan_gb_per_s', value: IMAGE_BYTES / 1e9 / median(ours), unit: 'GB/s' },
        { metric: 'grep_gb_per_s', value: IMAGE_BYTES / 1e9 / median(greps), unit: 'GB/s' },
        { metric: 'scan_vs_grep_ratio', value: median(greps) / median(ours), unit: '' },
        { metric: 'patterns', value: patterns.length, unit: 'patterns' },
      ];
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
};

/** A quarter each of empty pages, program code, text and random bytes, in turns of a megabyte. */
function makeImage(path: string): void {
  const code = readFileSync(process.execPath);
  const text = Buffer.from(readFileSync(new URL('../../../package-lock.json', import.meta.url)));
  const file = openSync(path, 'wx', 0o600);
  const part = 1 << 20;
  for (let index = 0; index < IMAGE_BYTES / part; index += 1) {
    const at = (index * part) % (code.length - part);
    const [zeros, program] = [Buffer.alloc(part), code.subarray(at, at + part)];
    writeSync(file, [zeros, program, Buffer.alloc(part, text), randomBytes(part)][index % 4]!);
  }
  closeSync(file);
}

function timed(work: () => void): number {
  const start = performance.now();
  work();
  return (performance.now() - start) / 1000;
}

function search(hunter: Hunter, path: string): void {
  const file = openSync(path, 'r');
  hunter.search((into, offset) => readSync(file, into, 0, into.length, offset));
  closeSync(file);
}

function grep(list: string, path: string): void {
  // -c, so that grep reads to the end
  const { status } = spawnSync('grep', ['-a', '-c', '-F', '-f', list, path], { env: { ...process.env, LC_ALL: 'C' } });
  if (status !== 0 && status !== 1) throw new LetheError('missing_tool', 'grep failed. Nothing was measured.');
}
