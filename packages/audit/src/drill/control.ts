/** The positive control of a drill: what is planted in a file in RAM and in a process's memory must be found, or the search is blind. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hunter } from '../hunt/hunter.ts';
import { type Searched, searchFile, searchProcess } from '../sources.ts';

/** Plants every pattern in both places and searches them; true if each was found in both. Leaves nothing behind. */
export function controlFound(hunter: Hunter): boolean {
  const planted = Buffer.concat(hunter.patterns.flatMap(({ bytes }) => [bytes, Buffer.from([0x0a])]));
  const directory = mkdtempSync(
    join(spawnSync('test', ['-w', '/dev/shm']).status === 0 ? '/dev/shm' : tmpdir(), 'lethe-control-'),
  );
  try {
    const file = join(directory, 'planted');
    writeFileSync(file, planted, { mode: 0o600 });
    const inFile = allFound(hunter, searchFile(hunter, file));
    writeFileSync(file, Buffer.alloc(planted.length));
    const inProcess = allFound(hunter, searchProcess(hunter, process.pid, 'the drill itself'));
    return inFile && inProcess;
  } finally {
    planted.fill(0);
    rmSync(directory, { recursive: true });
  }
}

const allFound = (hunter: Hunter, { found }: Searched): boolean => {
  const seen = new Set(found.flatMap(({ hits }) => hits.map(({ pattern }) => pattern)));
  return hunter.patterns.every((_, index) => seen.has(index));
};
