/**
 * The positive control of a drill: what is planted in a file in memory and in the memory of another process must be found, or the search
 * is blind.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hunter } from '../hunt/hunter.ts';
import { type Searched, searchFile, searchProcess } from '../sources/index.ts';

const MEMORY_DIRECTORY = '/dev/shm';
/** Keeps what it reads, says so, and ends with its input. */
const HOLDER = `
const kept = [];
process.stdin.on('data', (chunk) => { kept.push(chunk); process.stdout.write(String(chunk.length) + '\\n'); });
process.stdin.on('end', () => process.exit());
`;

/** Plants every pattern in both places and searches them; true if each was found in both. Leaves nothing behind. */
export async function controlFound(hunter: Hunter): Promise<boolean> {
  // Apart from each other, and never a part of another one by the way they are joined.
  const planted = Buffer.concat(hunter.patterns.flatMap(({ bytes }) => [bytes, Buffer.from([0x0a])]));
  try {
    return foundInFile(hunter, planted) && (await foundInProcess(hunter, planted));
  } finally {
    planted.fill(0);
  }
}

function foundInFile(hunter: Hunter, planted: Buffer): boolean {
  const directory = mkdtempSync(join(existsSync(MEMORY_DIRECTORY) ? MEMORY_DIRECTORY : tmpdir(), 'lethe-control-'));
  const file = join(directory, 'planted');
  try {
    writeFileSync(file, planted, { mode: 0o600 });
    return allFound(hunter, searchFile(hunter, file));
  } finally {
    writeFileSync(file, Buffer.alloc(planted.length));
    rmSync(directory, { recursive: true });
  }
}

async function foundInProcess(hunter: Hunter, planted: Buffer): Promise<boolean> {
  const holder = spawn(process.execPath, ['-e', HOLDER], { stdio: ['pipe', 'pipe', 'ignore'] });
  const ended = once(holder, 'close');
  try {
    await holds(holder, planted);
    return allFound(hunter, searchProcess(hunter, holder.pid!, 'control'));
  } finally {
    holder.stdin!.end();
    await ended;
  }
}

/** Resolves once the process has all of it. */
async function holds(holder: ChildProcess, planted: Buffer): Promise<void> {
  holder.stdin!.write(planted);
  let kept = 0;
  let rest = '';
  for await (const text of holder.stdout!.setEncoding('utf8')) {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    for (const line of lines) kept += Number(line);
    if (kept === planted.length) return;
  }
  throw new Error('The process that should hold the markers ended');
}

const allFound = (hunter: Hunter, { found }: Searched): boolean => {
  const seen = new Set(found.flatMap(({ hits }) => hits.map(({ pattern }) => pattern)));
  return hunter.patterns.every((_, index) => seen.has(index));
};
